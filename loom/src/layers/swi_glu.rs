//! The gate inside `SwiGlu`: forward, backward and its GPU launches.

use super::activation::FUNCTIONS;
use super::{Activation, Glu};
use crate::kernels::activation::{apply_in_place, differentiate_in_place};
use crate::kernels::run_kernel;
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
    /// For each row, y = silu(a) ⊙ b.
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let (hidden, input) = (self.hidden, cx.input);
        cx.threads.split_mut(cx.output, hidden, hidden * COST, |first, output| {
            let inputs = input[2 * first * hidden..].chunks_exact(2 * hidden);
            run_kernel!(A, move || {
                for (x, y) in inputs.zip(output.chunks_exact_mut(hidden)) {
                    let (a, b) = x.split_at(hidden);
                    gate::<A>(a, b, y);
                }
            });
        });
    }

    /// For each row, d_a = silu'(a) ⊙ (d_y ⊙ b) and d_b = silu(a) ⊙ d_y.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        let (hidden, input, d_output) = (self.hidden, cx.input, &*cx.d_output);
        cx.threads.split_mut(d_input, 2 * hidden, 2 * hidden * COST, |first, d_input| {
            let inputs = input[2 * first * hidden..].chunks_exact(2 * hidden);
            let rows = inputs.zip(d_output[first * hidden..].chunks_exact(hidden));
            run_kernel!(A, move || {
                for ((x, d_y), d_x) in rows.zip(d_input.chunks_exact_mut(2 * hidden)) {
                    let ((a, b), (d_a, d_b)) = (x.split_at(hidden), d_x.split_at_mut(hidden));
                    for ((d_a, &b), &d_y) in d_a.iter_mut().zip(b).zip(d_y) {
                        *d_a = A::flush(d_y * b);
                    }
                    differentiate_in_place::<A>(Activation::Silu, a, &[], d_a);
                    gate::<A>(a, d_y, d_b);
                }
            });
        });
    }

    fn launches(&self) -> Vec<Launch> {
        vec![
            Launch::new(&FORWARD, PerSample(self.rows * self.hidden)),
            Launch::new(&D_INPUT, PerSample(self.rows * self.hidden)),
        ]
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
