//! Self-attention.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::sizes::{Sizes, count};

/// `MultiHeadAttention<D, HEADS, causal = false, rotary = false, bias = true>`: self-attention (Vaswani et al.,
/// arXiv:1706.03762).
///
/// `[q, k, v] = x W_inᵀ + b_in`, each cut into HEADS pieces of width D / HEADS. In each head, for steps i and j,
///
/// - `S[i, j] = (q_i · k_j) / √width`,
/// - `P[i, ..] = softmax(S[i, ..])`,
/// - `o_i = Σ_j P[i, j] v_j`;
///
/// and `y = o W_outᵀ + b_out` with the heads side by side. With `causal = true`, step i sees the steps j ≤ i alone. With
/// `rotary = true`, step t turns each pair (2i, 2i + 1) of q and of k by the angle t / 10000^(2i / width) first (Su et al.,
/// arXiv:2104.09864). `bias = false` leaves both b out.
///
/// Shapes: input and output `[steps, D]`, `in_proj_weight` `[3 D, D]`, `in_proj_bias` `[3 D]`, `out_proj.weight` `[D, D]`,
/// `out_proj.bias` `[D]`. PyTorch's `nn.MultiheadAttention(D, HEADS, batch_first=True)` of x, x, x, without dropout.
///
/// Its steps are a [`Dense`](super::Dense), [`Attention`] and a `Dense`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MultiHeadAttention;

/// The heads of a [`MultiHeadAttention`].
///
/// Shapes: input `[steps, 3 D]`, which holds q, k and v side by side, output `[steps, D]`.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attention {
    /// Steps of the sequence.
    pub steps: usize,
    /// HEADS.
    pub heads: usize,
    /// D / HEADS.
    pub width: usize,
    /// Whether a step sees only itself and those before it.
    pub causal: bool,
    /// 1 / √width.
    pub scale: f32,
    /// Whether q and k are turned, by a table of sines and cosines `[steps, width]`.
    pub rotary: bool,
}

impl Attention {
    /// D.
    #[inline]
    pub fn features(&self) -> usize {
        self.heads * self.width
    }
}

fields!(Attention: steps heads width causal scale rotary);

impl Describe for Attention {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::New, kind: Kind::Plain, saved: Saved::INPUTS }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        to.size("STEPS", self.steps);
        to.size("HEADS", self.heads);
        to.size("WIDTH", self.width);
        to.number("SCALE", self.scale);
        match self.rotary {
            true => to.table("TABLE"),
            false => to.size("TABLE", 0),
        }
        to.flag("CAUSAL", self.causal);
        to.flag("ROTARY", self.rotary);
    }

    fn sizes(&self) -> Option<Sizes> {
        let Attention { steps, heads, width, causal, scale, rotary } = *self;
        let output = count(&[steps, heads, width]).filter(|_| scale.is_finite())?;
        let probabilities = count(&[heads, steps, steps])?;
        // A step sees all steps, or those up to itself.
        let seen = if causal { steps.saturating_mul(steps + 1) / 2 } else { steps.saturating_mul(steps) };
        // d_S `[batch, HEADS, steps, steps]`, on a GPU; on a CPU that of one head is kept at a time.
        let sizes =
            Sizes::new(count(&[3, output])?, output).scratch(probabilities).multiply_adds(&[2, heads, width, seen]);
        if !rotary {
            return Some(sizes.work(probabilities));
        }
        // It is turned in pairs.
        let turned = count(&[2, output]).filter(|_| width.is_multiple_of(2))?;
        Some(sizes.work(probabilities.checked_add(turned)?).table([steps, width]))
    }
}
