//! The last step of a sequence.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::sizes::{Sizes, count};

/// `Last`: the last step, `y[f] = x[T - 1, f]`.
///
/// Shapes: input `[T, F]`, output `[F]`. PyTorch's `x[..., -1, :]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Last {
    /// T.
    pub steps: usize,
    /// F.
    pub features: usize,
}

fields!(Last: steps features);

impl Describe for Last {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::Kept, kind: Kind::Plain, saved: Saved::NOTHING }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, _: &mut dyn Constants) {}

    fn sizes(&self) -> Option<Sizes> {
        Some(Sizes::new(count(&[self.steps, self.features])?, self.features))
    }
}
