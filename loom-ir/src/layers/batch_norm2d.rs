//! Normalisation by the batch.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::plan::{Role, Start};
use crate::sizes::{Sizes, count};

/// `BatchNorm2d<C, eps = 1e-5>`: y = (x - mean) / √(variance + eps) · w + b for each channel. In training mean and variance are
/// those of the batch's n = batch · H · W values of the channel; in inference they are running means over the batches trained
/// on, which each step moves a tenth of the way.
///
/// The variance of a batch is the mean of (x - mean)²; what the running variance moves towards is n / (n - 1) times as much. One
/// value has no such variance, and its output is the bias, whatever it is. A `Trainer` therefore refuses data
/// that end in a batch of one sample where H · W is 1; a `Tape` leaves the running means where they are.
///
/// A layer that is used several times in a network normalises each use by that use's mean and variance. Each use moves the running means,
/// from the first to the last, as in PyTorch.
///
/// A channel whose sum of (x - mean)² is beyond binary32, 3.4e38, gives NaN.
///
/// Shapes: input and output `[C, H, W]`, weight, bias, running_mean and running_var `[C]`. PyTorch's `nn.BatchNorm2d` with its
/// momentum of 0.1 (Ioffe and Szegedy, arXiv:1502.03167).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchNorm2d {
    /// C.
    pub channels: usize,
    /// H · W.
    pub positions: usize,
    /// eps, which is above 0.
    pub epsilon: f32,
}

impl BatchNorm2d {
    /// Values of work for each channel of a sample. A batch of one needs them all.
    pub const WORK: usize = 4;
}

fields!(BatchNorm2d: channels positions epsilon);

impl Describe for BatchNorm2d {
    #[inline]
    fn facts(&self) -> Facts {
        Facts {
            input: Input::Any,
            output: Output::New,
            kind: Kind::BatchStatistics(self.positions),
            saved: Saved::INPUTS,
        }
    }

    fn params(&self, to: &mut dyn FnMut(Read)) {
        to(Read::vector("weight", self.channels, Role::Weight, Start::Ones));
        to(Read::vector("bias", self.channels, Role::Bias, Start::Zeros));
        to(Read::vector("running_mean", self.channels, Role::Statistic, Start::Zeros));
        to(Read::vector("running_var", self.channels, Role::Statistic, Start::Ones));
    }

    fn constants(&self, to: &mut dyn Constants) {
        to.size("CHANNELS", self.channels);
        to.size("POSITIONS", self.positions);
        to.param("WEIGHT", 0);
        to.param("BIAS", 1);
        to.param("RUNNING_MEAN", 2);
        to.param("RUNNING_VAR", 3);
        to.number("EPSILON", self.epsilon);
    }

    fn sizes(&self) -> Option<Sizes> {
        let BatchNorm2d { channels, positions, epsilon } = *self;
        let len = count(&[channels, positions]).filter(|_| epsilon > 0.0)?;
        // Backward sums up d_y, and d_y · x̂, for each channel.
        Some(Sizes::new(len, len).work(count(&[Self::WORK, channels])?).scratch(2 * channels))
    }
}
