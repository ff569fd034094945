//! Transposition.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::sizes::{Sizes, count};

/// `Transpose`: the sample with its two dimensions exchanged, `y[j, i] = x[i, j]`.
///
/// Shapes: input `[A, B]`, output `[B, A]`. PyTorch's `x.transpose(-2, -1)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transpose {
    /// A.
    pub rows: usize,
    /// B.
    pub columns: usize,
}

fields!(Transpose: rows columns);

impl Describe for Transpose {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::Kept, kind: Kind::Plain, saved: Saved::NOTHING }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        to.size("ROWS", self.rows);
        to.size("COLUMNS", self.columns);
    }

    fn sizes(&self) -> Option<Sizes> {
        let len = count(&[self.rows, self.columns])?;
        Some(Sizes::new(len, len))
    }
}
