//! A part of each sample along an axis.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::sizes::{Sizes, count};

/// `Slice<AXIS, START, END>`: the part `START..END` along an axis of a sample, END excluded, `y[.., i, ..] = x[.., START + i, ..]`.
///
/// Shapes: the input's, whose axis has END - START in the output. PyTorch's `x.narrow(AXIS + 1, START, END - START)`: the axes here are a
/// sample's, without the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// The product of the dimensions in front of the axis.
    pub rows: usize,
    /// Values of the input for each of these: the product of the others.
    pub len: usize,
    /// How many of these come before the part.
    pub start: usize,
    /// How many the part has.
    pub count: usize,
}

fields!(Slice: rows len start count);

impl Describe for Slice {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::Kept, kind: Kind::Plain, saved: Saved::NOTHING }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        to.size("LEN", self.len);
        to.size("START", self.start);
        to.size("COUNT", self.count);
    }

    /// The part ends where the row does, or before.
    fn sizes(&self) -> Option<Sizes> {
        self.start.checked_add(self.count).filter(|&end| end <= self.len)?;
        Some(Sizes::new(count(&[self.rows, self.len])?, count(&[self.rows, self.count])?))
    }
}

/// `let (a, b, ..) = x -> Split<SIZE, SIZE, .., axis = 0>;`: the parts of x along an axis of a sample, one behind the other, each with its
/// size and its name: a is `Slice<AXIS, 0, SIZE>` of x, and b begins where a ends.
///
/// The sizes come to that of the axis. PyTorch's `a, b = x.split([SIZE, SIZE], dim = AXIS + 1)`, and `x.chunk(n)` with sizes that are
/// written: the axes here are a sample's, without the batch.
///
/// Each part is computed as a [`Slice`].
pub type Split = Slice;
