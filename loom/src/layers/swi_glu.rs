//! The gate inside `SwiGlu`: forward, backward and its GPU launches.

use super::activation::FUNCTIONS;
use super::{Activation, Glu};
use crate::kernels::activation::{apply_in_place, differentiate_in_place};
use crate::kernels::{Isa, Task, dispatch};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::Arith;
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

/// An item is a value of the output.
const FORWARD: Kernel = Kernel::forward("forward", Form::Items, &[FUNCTIONS, include_str!("swi_glu/forward.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Items, &[FUNCTIONS, include_str!("swi_glu/d_input.wgsl")]);

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
        vec![Launch::new(&FORWARD, PerSample(self.rows * self.hidden))]
    }

    fn backward_launches(&self) -> Vec<Launch> {
        vec![Launch::new(&D_INPUT, PerSample(self.rows * self.hidden))]
    }
}

/// For each row, y = silu(a) ⊙ b.
struct Gate<'a, A: Arith> {
    hidden: usize,
    input: &'a [A::T],
    output: &'a mut [A::T],
}

impl<A: Arith> Task<A> for Gate<'_, A> {
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

impl<A: Arith> Task<A> for Differentiate<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let inputs = self.input.chunks_exact(2 * self.hidden).zip(self.d_input.chunks_exact_mut(2 * self.hidden));
        for ((x, d_x), d_y) in inputs.zip(self.d_output.chunks_exact(self.hidden)) {
            let ((a, b), (d_a, d_b)) = (x.split_at(self.hidden), d_x.split_at_mut(self.hidden));
            for ((d_a, &b), &d_y) in d_a.iter_mut().zip(b).zip(d_y) {
                *d_a = A::flush(d_y * b);
            }
            differentiate_in_place::<A>(Activation::Silu, a, &[], d_a);
            gate::<A>(a, d_y, d_b);
        }
    }
}

/// to = silu(a) ⊙ by.
#[inline(always)]
fn gate<A: Arith>(a: &[A::T], by: &[A::T], to: &mut [A::T]) {
    to.copy_from_slice(a);
    apply_in_place::<A>(Activation::Silu, to);
    for (to, &by) in to.iter_mut().zip(by) {
        *to = A::flush(*to * by);
    }
}
