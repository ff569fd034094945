//! `Residual`: the fork at its start and the join at its end.

use super::{Fork, Join};
use crate::kernels::{Threads, VECTOR};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::Arith;
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const D_FORK: Kernel = Kernel::backward("d_input", Form::Items, &[include_str!("residual/d_fork.wgsl")]);
const FORWARD: Kernel = Kernel::forward("forward", Form::Items, &[include_str!("residual/forward.wgsl")]);
const D_JOIN: Kernel = Kernel::backward("d_input", Form::Items, &[include_str!("residual/d_join.wgsl")]);

impl Operator for Fork {
    fn forward<A: Arith>(&self, _: &mut Forward<'_, A>) {
        // The executor does not come here: the branch reads the fork's input.
    }

    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        add::<A>(cx.threads, cx.d_output, cx.d_skip, d_input);
    }

    fn launches(&self) -> Vec<Launch> {
        vec![Launch::new(&D_FORK, PerSample(self.len))]
    }
}

impl Operator for Join {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        add::<A>(cx.threads, cx.input, cx.skip, cx.output);
    }

    /// The branch's gradient is the join's; the fork reads the join's for the skip.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        if let Some(d_input) = cx.d_input.as_deref_mut() {
            d_input.copy_from_slice(cx.d_output);
        }
    }

    fn launches(&self) -> Vec<Launch> {
        vec![Launch::new(&FORWARD, PerSample(self.len)), Launch::new(&D_JOIN, PerSample(self.len))]
    }
}

/// sum = a + b.
fn add<A: Arith>(threads: &Threads, a: &[A::T], b: &[A::T], sum: &mut [A::T]) {
    threads.split_mut(sum, VECTOR, VECTOR, |first, sum| {
        let part = first * VECTOR..first * VECTOR + sum.len();
        for ((sum, &a), &b) in sum.iter_mut().zip(&a[part.clone()]).zip(&b[part]) {
            *sum = A::flush(a + b);
        }
    });
}
