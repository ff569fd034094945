//! The ends of a residual.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output};
use crate::fields::fields;
use crate::params::Read;
use crate::sizes::{Sizes, count};

/// The start of `Residual { .. }`. Forward does nothing, since input and output share one slot; backward adds the
/// gradient that came along the skip to the one that came through the branch.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fork {
    /// Values per sample.
    pub len: usize,
}

fields!(Fork: len);

impl Describe for Fork {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::Kept, kind: Kind::Fork }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        to.size("LEN", self.len);
    }

    fn sizes(&self) -> Option<Sizes> {
        Some(Sizes::new(count(&[self.len])?, self.len))
    }
}

/// The end of `Residual { .. }`: y = branch(x) + x.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Join {
    /// Values per sample.
    pub len: usize,
}

fields!(Join: len);

impl Describe for Join {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::New, kind: Kind::Join }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        to.size("LEN", self.len);
    }

    fn sizes(&self) -> Option<Sizes> {
        Some(Sizes::new(count(&[self.len])?, self.len))
    }
}
