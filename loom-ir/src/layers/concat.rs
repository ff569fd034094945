//! Several values one behind the other along an axis.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::sizes::{Inputs, Sizes, count};

/// `Concat<axis = 0> { .. | .. }`: the inputs one behind the other along an axis of a sample (PyTorch's `cat`, whose `dim` is one more).
///
/// The inputs have one shape but for that axis; the output's axis is as long as theirs together. `axis = 0`, the channels of an image, may
/// be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concat {
    /// The product of the dimensions in front of the axis.
    pub rows: usize,
    /// Values of the output for each of these: the product of the others.
    pub len: usize,
}

fields!(Concat: rows len);

impl Describe for Concat {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::New, kind: Kind::Plain, saved: Saved::NOTHING }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        to.size("ROWS", self.rows);
        to.size("LEN", self.len);
    }

    fn sizes(&self) -> Option<Sizes> {
        Some(Sizes::of(Inputs::Rows(self.rows, self.len), count(&[self.rows, self.len])?))
    }
}
