//! Positions of a sequence.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::{Read, Shape};
use crate::plan::{Role, Start};
use crate::sizes::{Sizes, count};

/// `SinusoidalPositions`: y = x + P with the constant table P (Vaswani et al., arXiv:1706.03762).
///
/// `P[t, 2i] = sin(t / 10000^(2i / D))`, `P[t, 2i + 1] = cos(t / 10000^(2i / D))`.
///
/// Shapes: input and output `[steps, D]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SinusoidalPositions;

/// `LearnedPositions`: y = x + P with the parameter P (Gehring et al., arXiv:1705.03122).
///
/// Shapes: input, output and the weight P `[steps, D]`. PyTorch's `nn.Embedding(steps, D)` of the positions 0, 1, .., added
/// to the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LearnedPositions;

/// What [`SinusoidalPositions`] and [`LearnedPositions`] compute.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Positions {
    /// Steps of a sample.
    pub steps: usize,
    /// D.
    pub features: usize,
    /// Whether P is a parameter, and no table.
    pub learned: bool,
}

impl Positions {
    /// Values per sample.
    #[inline]
    pub fn values(&self) -> usize {
        self.steps * self.features
    }
}

fields!(Positions: steps features learned);

impl Describe for Positions {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::New, kind: Kind::Plain, saved: Saved::NOTHING }
    }

    fn params(&self, to: &mut dyn FnMut(Read)) {
        if self.learned {
            let (shape, fans) = (Shape::of(&[self.steps, self.features]), [1, 1]);
            to(Read { name: "weight", role: Role::Weight, start: Start::Normal, shape, fans });
        }
    }

    fn constants(&self, to: &mut dyn Constants) {
        to.size("FEATURES", self.features);
        match self.learned {
            true => to.param("WEIGHT", 0),
            false => to.table("WEIGHT"),
        }
    }

    fn sizes(&self) -> Option<Sizes> {
        let Positions { steps, features, learned } = *self;
        let len = count(&[steps, features])?;
        let sizes = Sizes::new(len, len);
        Some(if learned { sizes } else { sizes.table([steps, features]) })
    }
}
