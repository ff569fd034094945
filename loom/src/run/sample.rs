//! Samples are nested arrays, Rust's own compile-time-typed tensors; a batch is a slice of them.

use crate::error::{Error, no_memory};
use crate::kernels::{Threads, run_kernel};
use crate::numerics::arith::{Arith, Fused};
use bytemuck::Pod;
use core::sync::atomic::{AtomicBool, Ordering};

/// Kernels on a GPU count on as many numbers as a sample's type says, and on classes that were checked.
pub(crate) mod sealed {
    /// What no other crate implements.
    pub trait Sealed {}

    impl Sealed for f32 {}
    impl<S: Sealed, const N: usize> Sealed for [S; N] {}
}

/// A number that a sample may consist of: `f32`, or `u8` for images, which stay bytes in memory. Only Loom implements it.
pub trait Scalar: sealed::Sealed + Pod + Send + Sync {
    /// The same number.
    #[doc(hidden)]
    fn to_f32(self) -> f32;

    /// Writes each value times `scale`, all three flushed. The slices are of one length.
    #[doc(hidden)]
    fn load(from: &[Self], scale: f32, to: &mut [f32]) {
        let scale = Fused::flush(scale);
        run_kernel!(Fused, move || {
            for (to, &x) in to.iter_mut().zip(from) {
                *to = Fused::flush(Fused::flush(x.to_f32()) * scale);
            }
        });
    }

    /// The values, where they are `f32`.
    #[doc(hidden)]
    fn as_f32(values: &[Self]) -> Option<&[f32]> {
        let _ = values;
        None
    }

    /// The first value that is infinite or not a number, with its index.
    fn find_non_finite(values: &[Self]) -> Option<(usize, f32)>;
}

impl Scalar for f32 {
    #[inline(always)]
    fn to_f32(self) -> f32 {
        self
    }

    fn as_f32(values: &[f32]) -> Option<&[f32]> {
        Some(values)
    }

    fn find_non_finite(values: &[f32]) -> Option<(usize, f32)> {
        values.iter().copied().enumerate().find(|(_, x)| !x.is_finite())
    }
}

impl Scalar for u8 {
    #[inline(always)]
    fn to_f32(self) -> f32 {
        self.into()
    }

    fn find_non_finite(_: &[u8]) -> Option<(usize, f32)> {
        None
    }
}

/// Whether all values are flushed, so that [`Scalar::load`] writes the same for a scale of 1.
pub(crate) fn are_flushed(threads: &Threads, values: &[f32]) -> bool {
    const UNIT: usize = 4096;
    let are = AtomicBool::new(true);
    threads.split(values.len().div_ceil(UNIT), UNIT, |units| {
        let values = &values[units.start * UNIT..values.len().min(units.end * UNIT)];
        let changed = run_kernel!(Fused, move || {
            // Not one by one: the compiler makes vectors of what always goes on.
            let mut changed = 0;
            for &x in values {
                changed |= x.to_bits() ^ Fused::flush(x).to_bits();
            }
            changed
        });
        if changed != 0 {
            are.store(false, Ordering::Relaxed);
        }
    });
    are.into_inner()
}

/// Bytes of the largest array that is passed by value: outputs of [`Network::forward`](crate::Network::forward) and arrays that
/// go into a [`Tensor`](crate::Tensor) or come out of one.
///
/// An array that is passed by value lies on the stack, in a debug build several times over; a thread has 2 MiB of it. So what is
/// larger does not compile: take [`forward_boxed`](crate::Network::forward_boxed), or [`Sample`]'s functions, which keep samples on
/// the heap. The error comes from `cargo build`, `run` and `test`; `cargo check` and editors do not see it.
pub const MAX_BY_VALUE: usize = 256 << 10;

/// What `forward` says of an output that is too large.
pub(crate) const FORWARD_BOXED: &str = "the output is too large to be passed by value on the stack: \
    call `forward_boxed` or `forward_into` instead of `forward`";

/// An array that is [passed by value](MAX_BY_VALUE), or an error where the code is generated.
pub(crate) const fn assert_by_value<S>(message: &'static str) {
    assert!(size_of::<S>() <= MAX_BY_VALUE, "{}", message);
}

/// A tensor whose shape is in its type: a nested array such as `[[[f32; 28]; 28]; 1]`, of `f32` or `u8`. Only Loom implements it. A
/// network with several inputs or outputs has structs of such arrays for its samples, which [`network!`](crate::network) writes.
///
/// A sample of an image, such as a `[[[f32; 224]; 224]; 3]` of 600 kB, is too large for the stack, where a literal, a variable or an
/// argument of that type would lie. The functions here make samples on the heap:
///
/// ```
/// use loom::prelude::*;
///
/// type Image = [[[f32; 224]; 224]; 3];
///
/// let mut image = Image::zeroed_box();
/// image[0][100][100] = 1.0;
/// let copy = Image::box_from_flat(Image::flat(std::slice::from_ref(&image)))?;
/// assert!(image == copy);
///
/// let images: Vec<Image> = Image::vec_from_flat(vec![0.5; 2 * 3 * 224 * 224])?;
/// assert_eq!(images.len(), 2);
/// # Ok::<(), loom::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sample: a nested array of `f32` or `u8`",
    note = "an image of shape [1, 28, 28] is a `[[[f32; 28]; 28]; 1]`"
)]
pub trait Sample: sealed::Sealed + Pod + Send + Sync {
    /// The number inside.
    type Scalar: Scalar;
    /// The same shape, of `f32`.
    type AsF32: Sample<Scalar = f32>;
    /// How many numbers a sample holds.
    const LEN: usize;

    /// The numbers of all samples, one sample after the other, the last dimension fastest.
    fn flat(samples: &[Self]) -> &[Self::Scalar] {
        bytemuck::cast_slice(samples)
    }

    /// As [`flat`](Sample::flat), to change them.
    fn flat_mut(samples: &mut [Self]) -> &mut [Self::Scalar] {
        bytemuck::cast_slice_mut(samples)
    }

    /// A sample of zeros on the heap.
    ///
    /// # Panics
    /// Where there is no memory for it.
    fn zeroed_box() -> Box<Self> {
        try_zeroed_box().unwrap_or_else(|error| panic!("{error}"))
    }

    /// So many samples of zeros.
    ///
    /// ```
    /// use loom::prelude::*;
    ///
    /// let net = network![Dense<2, 8> -> Tanh -> Dense<8, 1>];
    /// let mut outputs = <[f32; 1]>::zeroed_vec(2)?;
    /// net.forward_into(&[[0.0, 1.0], [1.0, 1.0]], &mut outputs)?;
    /// # Ok::<(), loom::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Memory`].
    fn zeroed_vec(count: usize) -> Result<Vec<Self>, Error> {
        try_zeroed_vec(count, "samples")
    }

    /// A sample on the heap with these values, the last dimension fastest.
    ///
    /// # Errors
    /// [`Error::SampleLen`] where there are not as many values as a sample has; [`Error::Memory`].
    fn box_from_flat(values: &[Self::Scalar]) -> Result<Box<Self>, Error> {
        if values.len() != Self::LEN {
            return Err(Error::SampleLen { sample: Self::LEN, found: values.len() });
        }
        let mut sample = try_zeroed_box::<Self>()?;
        Self::flat_mut(core::slice::from_mut(&mut *sample)).copy_from_slice(values);
        Ok(sample)
    }

    /// The samples that have these values, one sample after the other, the last dimension fastest: the other way of
    /// [`flat`](Sample::flat). Nothing is copied, unless the vector has room to grow, which is given back.
    ///
    /// # Errors
    /// [`Error::FlatLen`] where the values do not divide into samples.
    fn vec_from_flat(values: Vec<Self::Scalar>) -> Result<Vec<Self>, Error> {
        // Only 0 is a multiple of 0.
        if !values.len().is_multiple_of(Self::LEN) {
            return Err(Error::FlatLen { sample: Self::LEN, found: values.len() });
        }
        // Without room to grow, which need not be a whole number of samples.
        Ok(bytemuck::allocation::cast_vec(values.into_boxed_slice().into_vec()))
    }
}

/// So many samples of zeros.
pub(crate) fn try_zeroed_vec<S: Sample>(count: usize, what: &'static str) -> Result<Vec<S>, Error> {
    bytemuck::allocation::try_zeroed_vec(count).map_err(|()| no_memory::<S>(count, what))
}

/// A sample of zeros on the heap.
pub(crate) fn try_zeroed_box<S: Sample>() -> Result<Box<S>, Error> {
    bytemuck::allocation::try_zeroed_box().map_err(|()| no_memory::<S>(1, "a sample"))
}

impl Sample for f32 {
    type Scalar = f32;
    type AsF32 = f32;
    const LEN: usize = 1;
}

impl Sample for u8 {
    type Scalar = u8;
    type AsF32 = f32;
    const LEN: usize = 1;
}

impl<S: Sample, const N: usize> Sample for [S; N] {
    type Scalar = S::Scalar;
    type AsF32 = [S::AsF32; N];
    const LEN: usize = N * S::LEN;
}
