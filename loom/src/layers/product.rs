//! The product of several values.

use super::Product;
use crate::kernels::{Threads, VECTOR};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::Arith;
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const FORWARD: Kernel = Kernel::forward("forward", Form::Items, &[include_str!("product/forward.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Items, &[include_str!("product/d_input.wgsl")]);

impl Operator for Product {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        cx.output.copy_from_slice(cx.input);
        (1..cx.operands.count()).for_each(|k| multiply::<A>(cx.threads, cx.operands.get(k), cx.output));
    }

    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        d_input.copy_from_slice(cx.d_output);
        let others = (0..cx.operands.count()).filter(|&k| k != cx.operand);
        others.for_each(|k| multiply::<A>(cx.threads, cx.operands.get(k), d_input));
    }

    fn launches(&self) -> Vec<Launch> {
        vec![Launch::new(&FORWARD, PerSample(self.len)), Launch::new(&D_INPUT, PerSample(self.len))]
    }
}

/// product *= a.
fn multiply<A: Arith>(threads: &Threads, a: &[A::T], product: &mut [A::T]) {
    threads.split_mut(product, VECTOR, VECTOR, |first, product| {
        let part = first * VECTOR..first * VECTOR + product.len();
        for (product, &a) in product.iter_mut().zip(&a[part]) {
            *product = A::flush(*product * a);
        }
    });
}
