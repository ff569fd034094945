//! The axes of a sample in another order.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::sizes::{Sizes, count};

/// `Permute<A0, A1, ..>`: the axes of a sample in another order, the input's axis A0 first.
///
/// Shapes: input `[D0, D1, ..]`, output `[D(A0), D(A1), ..]`. PyTorch's `x.permute(0, A0 + 1, A1 + 1, ..)`: the axes here are a sample's,
/// without the batch.
///
/// A step exchanges two groups of neighbouring axes, `y[a, j, i, b] = x[a, i, j, b]`. A permutation of three axes that are longer than 1
/// is one such step, or two where it turns their order round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permute {
    /// The product of the dimensions in front of the two groups.
    pub outer: usize,
    /// The product of the dimensions of the group that comes first in the input.
    pub rows: usize,
    /// That of the group that comes first in the output.
    pub columns: usize,
    /// The product of the dimensions behind the two groups.
    pub inner: usize,
}

fields!(Permute: outer rows columns inner);

impl Describe for Permute {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::Kept, kind: Kind::Plain, saved: Saved::NOTHING }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        to.size("ROWS", self.rows);
        to.size("COLUMNS", self.columns);
        to.size("INNER", self.inner);
    }

    fn sizes(&self) -> Option<Sizes> {
        let len = count(&[self.outer, self.rows, self.columns, self.inner])?;
        Some(Sizes::new(len, len))
    }
}
