//! The matrix product of two values.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::sizes::{Inputs, Sizes, count};

/// `matmul(a, b)` of a function: y = a b for each of the matrices, a `[matrices, rows, inner]`, b `[matrices, inner, columns]`.
/// PyTorch's `matmul`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchMatMul {
    /// Products per sample.
    pub matrices: usize,
    /// Rows of a.
    pub rows: usize,
    /// Columns of a, and rows of b.
    pub inner: usize,
    /// Columns of b.
    pub columns: usize,
}

fields!(BatchMatMul: matrices rows inner columns);

impl Describe for BatchMatMul {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::New, kind: Kind::Plain, saved: Saved::INPUTS }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        to.size("ROWS", self.rows);
        to.size("INNER", self.inner);
        to.size("COLUMNS", self.columns);
    }

    fn sizes(&self) -> Option<Sizes> {
        let &BatchMatMul { matrices, rows, inner, columns } = self;
        let inputs = Inputs::Two(count(&[matrices, rows, inner])?, count(&[matrices, inner, columns])?);
        Some(Sizes::of(inputs, count(&[matrices, rows, columns])?).multiply_adds(&[matrices, rows, inner, columns]))
    }
}
