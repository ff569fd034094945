//! The sum of several values.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::sizes::{Inputs, Sizes, count};

/// `Sum { .. | .. }` and `Residual { .. }`: y = a + b, or (a + b) + c and so on, value by value.
///
/// All inputs have one shape, which is the output's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// Values per sample.
    pub len: usize,
}

fields!(Sum: len);

impl Describe for Sum {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::New, kind: Kind::Sum, saved: Saved::NOTHING }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, _: &mut dyn Constants) {}

    fn sizes(&self) -> Option<Sizes> {
        Some(Sizes::of(Inputs::Alike(count(&[self.len])?), self.len))
    }
}
