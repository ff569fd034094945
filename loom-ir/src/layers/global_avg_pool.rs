//! The mean of each channel.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::sizes::{Sizes, count};

/// `GlobalAvgPool`: the mean of each channel, `y[c] = 1/N · Σ x[c, ..]` over its N values.
///
/// Shapes: input `[C, H, W]` or `[C, L]`, output `[C]`. PyTorch's `nn.AdaptiveAvgPool2d(1)` or `nn.AdaptiveAvgPool1d(1)`, and
/// `nn.Flatten` behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlobalAvgPool {
    /// C.
    pub channels: usize,
    /// N: the product of the dimensions after the first.
    pub len: usize,
}

impl GlobalAvgPool {
    /// 1 / N.
    #[inline]
    pub fn share(&self) -> f32 {
        1.0 / self.len as f32
    }
}

fields!(GlobalAvgPool: channels len);

impl Describe for GlobalAvgPool {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::New, kind: Kind::Plain, saved: Saved::NOTHING }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        to.size("CHANNELS", self.channels);
        to.size("LEN", self.len);
        to.number("SHARE", self.share());
    }

    fn sizes(&self) -> Option<Sizes> {
        Some(Sizes::new(count(&[self.channels, self.len])?, self.channels))
    }
}
