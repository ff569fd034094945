//! A learned tensor.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::{Read, Shape};
use crate::plan::{Role, Start};
use crate::sizes::{Inputs, Sizes, count};

/// A learned tensor of a function, `scale: Param<[64]>`: the same values for each sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its first dimension.
    pub rows: usize,
    /// The product of the others.
    pub columns: usize,
}

fields!(Parameter: rows columns);

impl Describe for Parameter {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::New, kind: Kind::Plain, saved: Saved::NOTHING }
    }

    fn params(&self, to: &mut dyn FnMut(Read)) {
        let shape = Shape::of(&[self.rows, self.columns]);
        to(Read { name: "", role: Role::Bias, start: Start::Zeros, shape, fans: [1, 1] });
    }

    fn constants(&self, to: &mut dyn Constants) {
        to.size("ROW_LEN", self.columns);
        to.param("WEIGHT", 0);
    }

    fn sizes(&self) -> Option<Sizes> {
        Some(Sizes::of(Inputs::None, count(&[self.rows, self.columns])?))
    }
}
