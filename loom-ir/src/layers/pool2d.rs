//! Pools over windows, and the mean over the steps of a sequence.

use super::{Constants, Describe, Window};
use crate::facts::{Facts, Input, Kind, Output};
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

fields!(MaxPool2d: channels window);

impl Describe for MaxPool2d {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::New, kind: Kind::Plain }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        self.window.pool_constants(self.channels, to);
    }

    fn sizes(&self) -> Option<Sizes> {
        self.window.pool_sizes(self.channels)
    }
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

fields!(AvgPool2d: channels window);

impl Describe for AvgPool2d {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::New, kind: Kind::Plain }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        self.window.pool_constants(self.channels, to);
    }

    fn sizes(&self) -> Option<Sizes> {
        self.window.pool_sizes(self.channels)
    }
}

impl Window {
    /// The constants of a pool of so many channels.
    fn pool_constants(&self, channels: usize, to: &mut dyn Constants) {
        to.size("CHANNELS", channels);
        self.constants(to);
        to.number("SHARE", 1.0 / self.kernel_len() as f32);
    }

    /// The sizes of a pool of so many channels. Its windows have no gaps, and no more padding than half of them, so that each
    /// covers the image.
    fn pool_sizes(&self, channels: usize) -> Option<Sizes> {
        let Window { image: [height, width], kernel, padding, dilation, positions: [down, across], .. } = *self;
        let covers = (0..2).all(|axis| padding[axis] <= kernel[axis] / 2) && dilation == [1, 1];
        count(&kernel).filter(|_| covers && self.is_consistent())?;
        Some(Sizes::new(count(&[channels, height, width])?, count(&[channels, down, across])?))
    }
}

/// `Mean`: the mean over the steps, `y[f] = 1/T · Σ_t x[t, f]`.
///
/// Shapes: input `[T, F]`, output `[F]`. PyTorch's `x.mean(dim=-2)`.
///
/// It is computed as an [`AvgPool2d`] over the image `[1, T, F]` whose kernel is (T, 1): the steps are added
/// in ascending order.
pub type Mean = AvgPool2d;
