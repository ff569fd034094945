//! Dropout.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::sizes::{Sizes, count};

/// `Dropout<P>`: in training each value is 0 with probability P and scaled by 1 / (1 - P) otherwise; in inference the
/// values pass unchanged. PyTorch's `nn.Dropout`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    /// Values per sample.
    pub len: usize,
    /// P, at least 0 and below 1.
    pub probability: f32,
    /// Which of the network's layers with random numbers this is, counted from 0, so that each draws masks of its own.
    pub stream: u32,
}

impl Dropout {
    /// P · 2^32: a value is kept whose random word is at least that. Exact, since a binary32 below 1 times 2^32 is below 2^32.
    #[inline]
    pub fn threshold(&self) -> u32 {
        (f64::from(self.probability) * 4_294_967_296.0) as u32
    }

    /// 1 / (1 - P), by which the values are scaled that are kept.
    #[inline]
    pub fn scale(&self) -> f32 {
        1.0 / (1.0 - self.probability)
    }
}

fields!(Dropout: len probability stream);

impl Describe for Dropout {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::Random, kind: Kind::Plain, saved: Saved::NOTHING }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        to.size("LEN", self.len);
        to.word("THRESHOLD", self.threshold());
        to.word("STREAM", self.stream);
        to.number("SCALE", self.scale());
    }

    fn sizes(&self) -> Option<Sizes> {
        let len = count(&[self.len]).filter(|_| (0.0..1.0).contains(&self.probability))?;
        Some(Sizes::new(len, len))
    }
}
