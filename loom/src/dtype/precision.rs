//! Which format a network stores each of its parameters in.

use super::{Family, Format};
use crate::plan::{Param, Role};
use core::fmt::Debug;
use core::marker::PhantomData;

/// The number formats of a network's parameters, as a type: every [`DType`](super::DType), [`Mixed`], or a choice of your
/// own.
///
/// ```
/// use loom::dtype::{BF16, F4, Format, Precision};
/// use loom::plan::Param;
/// use loom::prelude::*;
///
/// /// Four bits, but for the last layer.
/// #[derive(Debug, Clone, Copy)]
/// struct Careful;
///
/// impl Precision for Careful {
///     fn format(param: &Param) -> Format {
///         if param.name.starts_with("last.") { BF16::format(param) } else { F4::format(param) }
///     }
/// }
///
/// network! { struct Net { Dense<64, 64> -> Relu -> last: Dense<64, 10> } }
///
/// let small: Net<Careful> = Net::new(Seed(42)).quantize()?;
/// assert!(small.weights().bits_per_weight() < 6.3);
/// # Ok::<(), loom::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number format of a network's weights",
    label = "not a `Precision`",
    note = "`F4`, `I8`, `BF16` and the other ten of `loom::dtype` are, and so is a `Mixed` of two of them"
)]
pub trait Precision: Copy + Debug + Send + Sync + 'static {
    /// The format that a parameter is stored in, before [`Format::of`], which every answer goes through.
    fn format(param: &Param) -> Format;
}

/// `D` for matrices, `C` for the kernels of convolutions (three or more dimensions). Of vectors, which integers and F4 leave
/// as they are, `D` decides.
///
/// ```
/// use loom::dtype::{F4, F16, Format, Mixed};
/// use loom::prelude::*;
///
/// network! { struct Net: [1, 8, 8] { conv: Conv2d<1, 4, 3> -> Relu -> Flatten -> fc: Dense<144, 10> } }
///
/// let small: Net<Mixed<F4, F16>> = Net::new(Seed(42)).quantize()?;
/// let formats: Vec<_> = small.weights().formats().map(|(param, format)| (param.name, format)).collect();
/// assert_eq!(formats[0], ("conv.weight", Format::F16));
/// assert_eq!(formats[2], ("fc.weight", Format::F4));
/// # Ok::<(), loom::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mixed<D, C>(PhantomData<(D, C)>);

impl<D: Precision, C: Precision> Precision for Mixed<D, C> {
    fn format(param: &Param) -> Format {
        if param.shape.len() > 2 { C::format(param) } else { D::format(param) }
    }
}

/// `D` for weights of two and more dimensions, F32 for vectors: biases, and the parameters of normalisations. Programs that
/// train with mixed precision write such files.
///
/// ```
/// use loom::dtype::{F16, Format, Matrices};
/// use loom::prelude::*;
///
/// network! { struct Net { fc1: Dense<4, 8> -> LayerNorm -> fc2: Dense<8, 2> } }
///
/// let half: Net<Matrices<F16>> = Net::new(Seed(42)).quantize()?;
/// let bytes = half.to_bytes()?;
/// assert_eq!(Net::<Matrices<F16>>::from_bytes(&bytes)?.weights(), half.weights());
/// assert!(Net::<F16>::from_bytes(&bytes).is_err_and(|error| error.to_string().ends_with("`from_bytes_as::<Matrices<F16>>`")));
/// # Ok::<(), loom::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Matrices<D>(PhantomData<D>);

impl<D: Precision> Precision for Matrices<D> {
    fn format(param: &Param) -> Format {
        if param.shape.len() > 1 { D::format(param) } else { Format::F32 }
    }
}

impl Format {
    /// What a network in this format stores a parameter in: biases and other vectors stay F32 under the integers and F4,
    /// where they would cost quality and save nothing.
    pub fn of(self, param: &Param) -> Format {
        self.where_matrix(param.role == Role::Weight && param.shape.len() > 1)
    }

    /// The same of a tensor that is a weight of two and more dimensions, or is not.
    pub(crate) fn where_matrix(self, is_matrix: bool) -> Format {
        if is_matrix || self.family() == Family::Float { self } else { Format::F32 }
    }
}
