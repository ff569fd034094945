//! Sums, means and maxima over all values or over an axis.

use super::{Shape, Tensor, kernel};
use crate::run::cpu::Cpu;

/// Shapes of one to four axes, of which `A` is one.
#[diagnostic::on_unimplemented(
    message = "a tensor of shape `{Self}` has no axis {A}",
    label = "the axes count from 0, the outermost first, in tensors of one to four axes",
    note = "in a `[[f32; 3]; 2]`, axis 0 has size 2 and axis 1 has size 3"
)]
pub trait Axis<const A: usize>: Shape {
    /// The shape without the axis.
    type Reduced: Shape;
}

macro_rules! axes {
    ($([$($size:ident),*] $shape:ty: $($axis:literal => $reduced:ty),*;)*) => {$(
        axes!(each [$($size),*] $shape: $($axis => $reduced),*);
    )*};
    (each $sizes:tt $shape:ty: $($axis:literal => $reduced:ty),*) => {$(
        axes!(axis $sizes $shape, $axis, $reduced);
    )*};
    (axis [$($size:ident),*] $shape:ty, $axis:literal, $reduced:ty) => {
        impl<$(const $size: usize),*> Axis<$axis> for $shape {
            type Reduced = $reduced;
        }
    };
}
axes! {
    [A] [f32; A]: 0 => f32;
    [A, B] [[f32; B]; A]: 0 => [f32; B], 1 => [f32; A];
    [A, B, C] [[[f32; C]; B]; A]: 0 => [[f32; C]; B], 1 => [[f32; C]; A], 2 => [[f32; B]; A];
    [A, B, C, D] [[[[f32; D]; C]; B]; A]:
        0 => [[[f32; D]; C]; B], 1 => [[[f32; D]; C]; A], 2 => [[[f32; D]; B]; A], 3 => [[[f32; C]; B]; A];
}

/// The product of the sizes before an axis, its own, and the product of those after it.
fn around(shape: &[usize], axis: usize) -> [usize; 3] {
    [shape[..axis].iter().product(), shape[axis], shape[axis + 1..].iter().product()]
}

/// Sums, means and maxima. The order of a sum depends on the shape alone.
impl<S: Shape> Tensor<S> {
    /// The sum of all values: chunks of 4096, each in 16 strided sums; then the chunks' sums likewise.
    ///
    /// ```
    /// assert_eq!(loom::Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).sum(), 21.0);
    /// ```
    #[must_use]
    pub fn sum(&self) -> f32 {
        kernel::sum(&Cpu::new().threads, &self.values)
    }

    /// The mean of all values: their sum times the reciprocal of their number.
    ///
    /// ```
    /// assert_eq!(loom::Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).mean(), 3.5);
    /// ```
    #[must_use]
    pub fn mean(&self) -> f32 {
        kernel::mean(&Cpu::new().threads, &self.values)
    }

    /// The greatest value; NaN where there is one.
    ///
    /// ```
    /// assert_eq!(loom::Tensor::from([[1.0, 6.0, 3.0], [4.0, 5.0, 2.0]]).max(), 6.0);
    /// ```
    #[must_use]
    pub fn max(&self) -> f32 {
        self.values[self.argmax()]
    }

    /// Where the greatest value lies in [`as_slice`](Tensor::as_slice), the first one of equal ones; NaN counts as
    /// greater than all numbers.
    ///
    /// ```
    /// assert_eq!(loom::Tensor::from([[1.0, 6.0, 3.0], [4.0, 6.0, 2.0]]).argmax(), 1);
    /// ```
    #[must_use]
    pub fn argmax(&self) -> usize {
        kernel::argmax(&self.values)
    }

    /// The sum over axis `A`, which the result lacks.
    ///
    /// The last axis is added up as in [`sum`](Tensor::sum); another one by chunks of 64 in order, then the chunks in
    /// order.
    ///
    /// ```
    /// let a = loom::Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(a.sum_axis::<0>().as_array(), &[5.0, 7.0, 9.0]);
    /// assert_eq!(a.sum_axis::<1>().as_array(), &[6.0, 15.0]);
    /// ```
    #[must_use]
    pub fn sum_axis<const A: usize>(&self) -> Tensor<S::Reduced>
    where
        S: Axis<A>,
    {
        Tensor::fill_with(|to| kernel::sum_axis(&Cpu::new().threads, &self.values, around(S::SHAPE, A), to))
    }

    /// The mean over axis `A`, which the result lacks: the sum times the reciprocal of the axis's size.
    ///
    /// ```
    /// let a = loom::Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(a.mean_axis::<0>().as_array(), &[2.5, 3.5, 4.5]);
    /// assert_eq!(a.mean_axis::<1>().as_array(), &[2.0, 5.0]);
    /// ```
    #[must_use]
    pub fn mean_axis<const A: usize>(&self) -> Tensor<S::Reduced>
    where
        S: Axis<A>,
    {
        Tensor::fill_with(|to| kernel::mean_axis(&Cpu::new().threads, &self.values, around(S::SHAPE, A), to))
    }

    /// The tensor repeated along a new axis `A` of shape `T`: what [`sum_axis`](Tensor::sum_axis) takes away, as
    /// PyTorch's `unsqueeze` and `expand`.
    ///
    /// ```
    /// use loom::Tensor;
    ///
    /// let a = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// let centred = &a - a.mean_axis::<1>().expand_axis::<1, _>();
    /// assert_eq!(centred.as_array(), &[[-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0]]);
    /// ```
    #[must_use]
    pub fn expand_axis<const A: usize, T: Axis<A, Reduced = S>>(&self) -> Tensor<T> {
        Tensor::fill_with(|to| kernel::expand_axis(&self.values, around(T::SHAPE, A), to))
    }

    /// y_i = e^(x_i - max x) / Σ_j e^(x_j - max x) over the last axis: the layer [`Softmax`](crate::layers::Softmax).
    ///
    /// ```
    /// let p = loom::Tensor::from([[0.0, 0.0], [100.0, 0.0]]).softmax();
    /// assert_eq!(p.as_array(), &[[0.5, 0.5], [1.0, 0.0]]);
    /// ```
    #[must_use]
    pub fn softmax(&self) -> Self {
        let row = S::SHAPE.last().copied().unwrap_or(1);
        Tensor::fill_with(|to| kernel::softmax(&Cpu::new().threads, &self.values, row, to))
    }
}
