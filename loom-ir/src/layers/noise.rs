//! Random numbers.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::{choice, fields};
use crate::params::Read;
use crate::sizes::{Sizes, count};

/// What random numbers are of.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distribution {
    /// The normal distribution of mean 0 and variance 1.
    Normal,
    /// Uniform from 0 to 1, 1 excluded.
    Uniform,
}

choice!("layers" Distribution: Normal Uniform);

/// `normal(x)` and `uniform(x)` of a function: in training random numbers, as many as x has values; in inference the distribution's mean.
/// PyTorch's `randn_like` and `rand_like`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noise {
    /// Values per sample.
    pub len: usize,
    /// What the numbers are of.
    pub distribution: Distribution,
    /// Which of the network's layers with random numbers this is, counted from 0, so that each draws numbers of its own.
    pub stream: u32,
}

impl Noise {
    /// The distribution's mean.
    #[inline]
    pub fn mean(&self) -> f32 {
        match self.distribution {
            Distribution::Normal => 0.0,
            Distribution::Uniform => 0.5,
        }
    }
}

fields!(Noise: len distribution stream);

impl Describe for Noise {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::Random, kind: Kind::Plain, saved: Saved::NOTHING }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        to.flag("IS_NORMAL", self.distribution == Distribution::Normal);
        to.number("MEAN", self.mean());
        to.word("STREAM", self.stream);
    }

    fn sizes(&self) -> Option<Sizes> {
        let len = count(&[self.len])?;
        Some(Sizes::new(len, len))
    }
}
