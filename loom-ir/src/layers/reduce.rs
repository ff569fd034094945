//! Sums and maxima along an axis.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::{choice, fields};
use crate::params::Read;
use crate::sizes::{Sizes, count};

/// What becomes of the values along an axis.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    /// Their sum: 16 strided lanes, and a tree.
    Sum,
    /// The greatest; NaN where one of them is. The gradient goes to the first of the greatest.
    Max,
    /// The number of the first of the greatest. It has no gradient.
    ArgMax,
}

choice!("layers" Reduction: Sum Max ArgMax);

/// A reduction of a function, such as `sum(x, axis = 0)`: y[o, i] = Σ_k x[o, k, i], or the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reduce {
    /// Which one.
    pub reduction: Reduction,
    /// The product of the dimensions in front of the axes.
    pub outer: usize,
    /// Values along the axes.
    pub len: usize,
    /// The product of the dimensions behind them.
    pub inner: usize,
}

fields!(Reduce: reduction outer len inner);

impl Describe for Reduce {
    #[inline]
    fn facts(&self) -> Facts {
        let saved = match self.reduction {
            Reduction::Max => Saved::INPUTS,
            Reduction::Sum | Reduction::ArgMax => Saved::NOTHING,
        };
        Facts { input: Input::Any, output: Output::New, kind: Kind::Plain, saved }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        to.size("LEN", self.len);
        to.size("INNER", self.inner);
        to.size("REDUCTION", self.reduction as usize);
    }

    fn sizes(&self) -> Option<Sizes> {
        Some(Sizes::new(count(&[self.outer, self.len, self.inner])?, count(&[self.outer, self.inner])?))
    }
}
