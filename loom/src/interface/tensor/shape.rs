//! The shapes of tensors as types.

use crate::run::sample::Sample;

/// The shape of a tensor: a nested array of `f32` of up to six dimensions, or `f32` itself, which has none.
///
/// `[[f32; 3]; 2]` is the shape [2, 3].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the shape of a tensor: a nested array of `f32`",
    label = "not a nested array of `f32` of at most six dimensions",
    note = "a matrix of 2 rows and 3 columns is a `Tensor<[[f32; 3]; 2]>`"
)]
pub trait Shape: Sample<Element = f32> {
    /// A place in the tensor: one index for each axis.
    type Index: Copy + Default + AsRef<[usize]> + AsMut<[usize]>;
    /// The size of each axis, the outermost first.
    const SHAPE: &'static [usize];
}

macro_rules! shapes {
    ($($rank:literal: $shape:ty, [$($size:ident),*];)*) => {$(
        impl<$(const $size: usize),*> Shape for $shape {
            type Index = [usize; $rank];
            const SHAPE: &'static [usize] = &[$($size),*];
        }
    )*};
}
shapes! {
    0: f32, [];
    1: [f32; A], [A];
    2: [[f32; B]; A], [A, B];
    3: [[[f32; C]; B]; A], [A, B, C];
    4: [[[[f32; D]; C]; B]; A], [A, B, C, D];
    5: [[[[[f32; E]; D]; C]; B]; A], [A, B, C, D, E];
    6: [[[[[[f32; F]; E]; D]; C]; B]; A], [A, B, C, D, E, F];
}

/// Shapes that element-wise operations combine: a shape and itself.
#[diagnostic::on_unimplemented(
    message = "a tensor of shape `{Self}` cannot be combined with one of shape `{R}`: the shapes differ",
    label = "element-wise operations take tensors of one shape",
    note = "`add_row`, `sub_row`, `mul_row` and `div_row` combine every row of a tensor with a vector",
    note = "`expand_axis` repeats a tensor along a new axis; `reshape` gives it another shape of as many values"
)]
pub trait SameShape<R> {}

impl<S: Shape> SameShape<S> for S {}

/// Shapes of two to four axes, whose last axis has `N` values.
#[diagnostic::on_unimplemented(
    message = "a tensor of shape `{Self}` has no rows that a vector could be combined with",
    label = "rows run along the last of two to four axes; two vectors are combined by `+`, `-`, `*` and `/`"
)]
pub trait Rows<const N: usize>: Shape {}

impl<const N: usize, const A: usize> Rows<N> for [[f32; N]; A] {}
impl<const N: usize, const A: usize, const B: usize> Rows<N> for [[[f32; N]; B]; A] {}
impl<const N: usize, const A: usize, const B: usize, const C: usize> Rows<N> for [[[[f32; N]; C]; B]; A] {}
