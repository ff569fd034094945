//! Softmax.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::sizes::{Sizes, count};

/// `Softmax`: y_i = e^(x_i - max x) / Σ_j e^(x_j - max x) over the last dimension.
///
/// Shapes: input and output `[.., N]`. PyTorch's `nn.Softmax(dim=-1)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Softmax {
    /// Product of the sample's dimensions before the last.
    pub rows: usize,
    /// N.
    pub len: usize,
}

fields!(Softmax: rows len);

impl Describe for Softmax {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::New, kind: Kind::Plain, saved: Saved::OUTPUT }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        to.size("ROWS", self.rows);
        to.size("LEN", self.len);
    }

    fn sizes(&self) -> Option<Sizes> {
        let len = count(&[self.rows, self.len])?;
        Some(Sizes::new(len, len))
    }
}
