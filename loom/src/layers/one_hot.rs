//! One-hot vectors of numbers.

use super::OneHot;
use super::embedding::{D_INPUT, TOKEN, token_of};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::{Arith, Element};
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const FORWARD: Kernel = Kernel::forward("forward", Form::Items, &[TOKEN, include_str!("one_hot/forward.wgsl")]);

impl Operator for OneHot {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        cx.threads.split_mut(cx.output, self.classes, self.classes, |first, output| {
            for (y, &x) in output.chunks_exact_mut(self.classes).zip(&cx.input[first..]) {
                y.fill(A::T::ZERO);
                y[token_of(self.classes, x)] = A::T::ONE;
            }
        });
    }

    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        if let Some(d_input) = cx.d_input.as_deref_mut() {
            d_input.fill(A::T::ZERO);
        }
    }

    fn launches(&self) -> Vec<Launch> {
        let output = PerSample(self.steps * self.classes);
        vec![Launch::new(&FORWARD, output), Launch::new(&D_INPUT, PerSample(self.steps))]
    }
}
