//! The sum of several values, and the sum of a value's gradients.

use super::Sum;
use crate::kernels::{Threads, VECTOR};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::Arith;
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const FORWARD: Kernel = Kernel::forward("forward", Form::Items, &[include_str!("sum/forward.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Items, &[include_str!("sum/d_input.wgsl")]);

impl Operator for Sum {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        add::<A>(cx.threads, cx.input, cx.operands.get(1), cx.output);
        for k in 2..cx.operands.count() {
            accumulate::<A>(cx.threads, cx.operands.get(k), cx.output);
        }
    }

    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        if let Some(d_input) = cx.d_input.as_deref_mut() {
            d_input.copy_from_slice(cx.d_output);
        }
    }

    fn launches(&self) -> Vec<Launch> {
        vec![Launch::new(&FORWARD, PerSample(self.len)), Launch::new(&D_INPUT, PerSample(self.len))]
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

/// sum += a.
pub(crate) fn accumulate<A: Arith>(threads: &Threads, a: &[A::T], sum: &mut [A::T]) {
    threads.split_mut(sum, VECTOR, VECTOR, |first, sum| {
        let part = first * VECTOR..first * VECTOR + sum.len();
        for (sum, &a) in sum.iter_mut().zip(&a[part]) {
            *sum = A::flush(*sum + a);
        }
    });
}
