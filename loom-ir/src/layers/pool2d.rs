//! Pools over windows, and the mean over the steps of a sequence.

use super::{Constants, Describe, Window};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::sizes::{Sizes, count};

/// `MaxPool2d<K, stride = K, padding = 0>`: the greatest value in each window; padding never wins, NaN always does.
///
/// Shapes: input `[C, H, W]`, output `[C, H', W']` with H' = (H + 2·padding - K) / stride + 1. On ties the gradient goes to
/// the first position in row order. PyTorch's `nn.MaxPool2d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxPool2d {
    /// C.
    pub channels: usize,
    /// The window's walk over the image.
    pub window: Window,
}

/// `AvgPool2d<K, stride = K, padding = 0>`: the mean of each window, padding counted as zeros.
///
/// Shapes: input `[C, H, W]`, output `[C, H', W']` with H' = (H + 2·padding - K) / stride + 1. PyTorch's `nn.AvgPool2d` with
/// its default `count_include_pad=True`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AvgPool2d {
    /// C.
    pub channels: usize,
    /// The window's walk over the image.
    pub window: Window,
}

macro_rules! pools {
    ($($pool:ident $saved:ident)*) => {$(
        fields!($pool: channels window);

        impl Describe for $pool {
            #[inline]
            fn facts(&self) -> Facts {
                Facts { input: Input::Any, output: Output::New, kind: Kind::Plain, saved: Saved::$saved }
            }

            fn params(&self, _: &mut dyn FnMut(Read)) {}

            fn constants(&self, to: &mut dyn Constants) {
                to.size("CHANNELS", self.channels);
                self.window.constants(to);
                to.number("SHARE", 1.0 / self.window.kernel_len() as f32);
            }

            /// A pool's windows have no gaps, and no more padding than half of them, so that each covers the image.
            fn sizes(&self) -> Option<Sizes> {
                let Window { image, kernel, padding, dilation, positions, .. } = self.window;
                let covers = (0..2).all(|axis| padding[axis] <= kernel[axis] / 2) && dilation == [1, 1];
                count(&kernel).filter(|_| covers && self.window.is_consistent())?;
                let len = |[rows, columns]: [usize; 2]| count(&[self.channels, rows, columns]);
                Some(Sizes::new(len(image)?, len(positions)?))
            }
        }
    )*};
}
pools!(MaxPool2d INPUTS AvgPool2d NOTHING);

/// `Mean`: the mean over the steps, `y[f] = 1/T · Σ_t x[t, f]`.
///
/// Shapes: input `[T, F]`, output `[F]`. PyTorch's `x.mean(dim=-2)`.
///
/// It is computed as an [`AvgPool2d`] over the image `[1, T, F]` whose kernel is (T, 1): the steps are added
/// in ascending order.
pub type Mean = AvgPool2d;
