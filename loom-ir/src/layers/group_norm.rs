//! Normalisation of groups of channels.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::plan::{Role, Start};
use crate::sizes::{Sizes, count};

/// `GroupNorm<GROUPS, C, eps = 1e-5>`: y = (x - mean) / √(variance + eps) · w + b. Mean and variance are those of a group of
/// C / GROUPS neighbouring channels of a sample, over all of its positions; the variance is the mean of (x - mean)².
///
/// A group whose sum of (x - mean)² is beyond binary32, 3.4e38, gives NaN.
///
/// Shapes: input and output `[C, ..]`, weight and bias `[C]`. PyTorch's `nn.GroupNorm` (Wu and He, arXiv:1803.08494).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupNorm {
    /// GROUPS, which divides C.
    pub groups: usize,
    /// C.
    pub channels: usize,
    /// Product of the sample's dimensions after the first.
    pub positions: usize,
    /// eps, which is above 0.
    pub epsilon: f32,
}

impl GroupNorm {
    /// Channels of a group.
    #[inline]
    pub fn group_channels(&self) -> usize {
        self.channels / self.groups
    }

    /// Values of a group.
    #[inline]
    pub fn group_len(&self) -> usize {
        self.group_channels() * self.positions
    }
}

fields!(GroupNorm: groups channels positions epsilon);

impl Describe for GroupNorm {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::New, kind: Kind::Plain, saved: Saved::INPUTS }
    }

    fn params(&self, to: &mut dyn FnMut(Read)) {
        to(Read::vector("weight", self.channels, Role::Weight, Start::Ones));
        to(Read::vector("bias", self.channels, Role::Bias, Start::Zeros));
    }

    fn constants(&self, to: &mut dyn Constants) {
        to.size("GROUPS", self.groups);
        to.size("CHANNELS", self.channels);
        to.size("POSITIONS", self.positions);
        to.number("SHARE", (1.0 / self.group_len() as f64) as f32);
        to.number("EPSILON", self.epsilon);
        to.param("WEIGHT", 0);
        to.param("BIAS", 1);
    }

    fn sizes(&self) -> Option<Sizes> {
        let GroupNorm { groups, channels, positions, epsilon } = *self;
        let work = count(&[groups, 2]).filter(|_| channels.is_multiple_of(groups))?;
        let len = count(&[channels, positions]).filter(|_| epsilon > 0.0)?;
        // Backward sums up d_y, and d_y · x̂, for each channel.
        Some(Sizes::new(len, len).work(work).scratch(2 * channels))
    }
}
