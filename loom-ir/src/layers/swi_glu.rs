//! Gated layers.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::sizes::{Sizes, count};

/// `SwiGlu<D, hidden = D, bias = false>`: y = `W_down` (silu(`W_gate` x) ⊙ `W_up` x) on the last dimension (Shazeer,
/// arXiv:2002.05202; LLaMA's MLP), with silu(x) = x · sigmoid(x). `bias = true` adds a bias to each of the three products.
///
/// Shapes: input and output `[.., D]`, `gate_up_proj.weight` `[2 · hidden, D]`, whose first `hidden` rows are `W_gate`,
/// `gate_up_proj.bias` `[2 · hidden]`, `down_proj.weight` `[D, hidden]`, `down_proj.bias` `[D]`: the names and the layout of
/// Phi-3 in `transformers`, each a `nn.Linear`. It runs as a [`Dense`](super::Dense), a [`Glu`] and a `Dense`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SwiGlu;

/// The gate of [`SwiGlu`]: y = silu(a) ⊙ b.
///
/// Shapes: input `[.., 2 · hidden]`, a and b beside one another; output `[.., hidden]`.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glu {
    /// Product of the sample's dimensions before the last.
    pub rows: usize,
    /// Values of a row of the output.
    pub hidden: usize,
}

fields!(Glu: rows hidden);

impl Describe for Glu {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::New, kind: Kind::Plain, saved: Saved::INPUTS }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        to.size("HIDDEN", self.hidden);
    }

    fn sizes(&self) -> Option<Sizes> {
        Some(Sizes::new(count(&[self.rows, 2, self.hidden])?, count(&[self.rows, self.hidden])?))
    }
}
