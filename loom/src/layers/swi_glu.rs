use super::Activation;
use crate::arith::Arith;
use crate::kernel::{Isa, Task, dispatch};
use crate::launch::{Extent::PerSample, Launch};
use crate::operator::{Backward, Forward, Operator, Sizes, count};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glu {
    /// Product of the sample's dimensions before the last.
    pub rows: usize,
    /// Values of a row of the output.
    pub hidden: usize,
}

/// Multiply-adds that one value costs, for the choice of threads.
const COST: usize = 20;

impl Operator for Glu {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let hidden = self.hidden;
        cx.threads.split_mut(cx.output, hidden, hidden * COST, |first, output| {
            let input = &cx.input[2 * first * hidden..][..2 * output.len()];
            dispatch(Gate::<A> { hidden, input, output });
        });
    }

    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        let hidden = self.hidden;
        cx.threads.split_mut(d_input, 2 * hidden, 2 * hidden * COST, |first, d_input| {
            let input = &cx.input[2 * first * hidden..][..d_input.len()];
            let d_output = &cx.d_output[first * hidden..][..d_input.len() / 2];
            dispatch(Differentiate::<A> { hidden, input, d_output, d_input });
        });
    }

    fn forward_launches(&self) -> Vec<Launch> {
        vec![Launch::items("forward", PerSample(self.rows * self.hidden))]
    }

    fn backward_launches(&self) -> Vec<Launch> {
        vec![Launch::items("d_input", PerSample(self.rows * self.hidden))]
    }

    fn sizes(&self) -> Option<Sizes> {
        Some(Sizes::new(count(&[self.rows, 2, self.hidden])?, count(&[self.rows, self.hidden])?))
    }
}

/// For each row, y = silu(a) ⊙ b.
struct Gate<'a, A: Arith> {
    hidden: usize,
    input: &'a [A::T],
    output: &'a mut [A::T],
}

impl<A: Arith> Task for Gate<'_, A> {
    const FITS_AVX512: bool = A::IS_FUSED;
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let rows = self.input.chunks_exact(2 * self.hidden).zip(self.output.chunks_exact_mut(self.hidden));
        for (x, y) in rows {
            let (a, b) = x.split_at(self.hidden);
            gate::<A>(a, b, y);
        }
    }
}

/// For each row, d_a = silu'(a) ⊙ (d_y ⊙ b) and d_b = silu(a) ⊙ d_y.
struct Differentiate<'a, A: Arith> {
    hidden: usize,
    input: &'a [A::T],
    d_output: &'a [A::T],
    d_input: &'a mut [A::T],
}

impl<A: Arith> Task for Differentiate<'_, A> {
    const FITS_AVX512: bool = A::IS_FUSED;
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let inputs = self.input.chunks_exact(2 * self.hidden).zip(self.d_input.chunks_exact_mut(2 * self.hidden));
        for ((x, d_x), d_y) in inputs.zip(self.d_output.chunks_exact(self.hidden)) {
            let ((a, b), (d_a, d_b)) = (x.split_at(self.hidden), d_x.split_at_mut(self.hidden));
            for ((d_a, &b), &d_y) in d_a.iter_mut().zip(b).zip(d_y) {
                *d_a = A::snap(d_y * b);
            }
            Activation::Silu.differentiate_in_place::<A>(a, &[], d_a);
            gate::<A>(a, d_y, d_b);
        }
    }
}

/// to = silu(a) ⊙ by.
#[inline(always)]
fn gate<A: Arith>(a: &[A::T], by: &[A::T], to: &mut [A::T]) {
    to.copy_from_slice(a);
    Activation::Silu.apply_in_place::<A>(to);
    for (to, &by) in to.iter_mut().zip(by) {
        *to = A::snap(*to * by);
    }
}
