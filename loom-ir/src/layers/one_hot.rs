//! One-hot vectors of numbers.

use super::{Constants, Describe, MOST_TOKENS};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::sizes::{Sizes, count};

/// `one_hot(x, CLASSES)` of a function: `y[t, c]` is 1 where `x[t]` is c, else 0. PyTorch's `one_hot`.
///
/// What is no class counts as one as in an [`Embedding`](super::Embedding).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OneHot {
    /// Numbers per sample.
    pub steps: usize,
    /// CLASSES.
    pub classes: usize,
}

fields!(OneHot: steps classes);

impl Describe for OneHot {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Tokens(self.classes), output: Output::New, kind: Kind::Plain, saved: Saved::NOTHING }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        to.size("VOCABULARY", self.classes);
    }

    fn sizes(&self) -> Option<Sizes> {
        let output = count(&[self.steps, self.classes]).filter(|_| self.classes <= MOST_TOKENS)?;
        Some(Sizes::new(self.steps, output))
    }
}
