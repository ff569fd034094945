//! Values at indices along an axis.

use super::{Constants, Describe, MOST_TOKENS};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::sizes::{Inputs, Sizes, count};

/// `gather(x, indices, axis = 1)` of a function: `y[o, c, i] = x[o, indices[o, c, i], i]`. PyTorch's `gather`.
///
/// What is no index counts as one as in an [`Embedding`](super::Embedding).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gather {
    /// The product of the dimensions in front of the axis.
    pub outer: usize,
    /// Values of x along the axis.
    pub len: usize,
    /// Indices along the axis.
    pub count: usize,
    /// The product of the dimensions behind it.
    pub inner: usize,
}

fields!(Gather: outer len count inner);

impl Describe for Gather {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Tokens(self.len), output: Output::New, kind: Kind::Plain, saved: Saved::INPUTS }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        to.size("VOCABULARY", self.len);
        to.size("COUNT", self.count);
        to.size("INNER", self.inner);
    }

    fn sizes(&self) -> Option<Sizes> {
        let x = count(&[self.outer, self.len, self.inner]).filter(|_| self.len <= MOST_TOKENS)?;
        let indices = count(&[self.outer, self.count, self.inner])?;
        Some(Sizes::of(Inputs::Two(x, indices), indices))
    }
}
