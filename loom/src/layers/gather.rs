//! Values at indices along an axis.

use super::Gather;
use super::embedding::{TOKEN, token_of};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::{Arith, Element};
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const FORWARD: Kernel = Kernel::forward("forward", Form::Items, &[TOKEN, include_str!("gather/forward.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Items, &[TOKEN, include_str!("gather/d_input.wgsl")]);

/// Where the value of a sample's x lies that value `i` of its output is.
fn place<A: Arith>(&Gather { len, count, inner, .. }: &Gather, i: usize, index: A::T) -> usize {
    (i / (count * inner) * len + token_of(len, index)) * inner + i % inner
}

impl Operator for Gather {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let (x_len, y_len) = (self.outer * self.len * self.inner, self.outer * self.count * self.inner);
        let [x, indices] = [0, 1].map(|k| cx.operands.get(k));
        cx.threads.split_mut(cx.output, y_len, y_len, |first, output| {
            let samples = x[first * x_len..].chunks_exact(x_len).zip(indices[first * y_len..].chunks_exact(y_len));
            for (output, (x, indices)) in output.chunks_exact_mut(y_len).zip(samples) {
                for (i, (y, &index)) in output.iter_mut().zip(indices).enumerate() {
                    *y = x[place::<A>(self, i, index)];
                }
            }
        });
    }

    /// `d_x[o, k, i]` = Σ of `d_y[o, c, i]` over the c whose index is k, in order.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        if cx.operand == 1 {
            return d_input.fill(A::T::ZERO);
        }
        let (x_len, y_len) = (self.outer * self.len * self.inner, self.outer * self.count * self.inner);
        let (indices, d_output) = (cx.operands.get(1), &*cx.d_output);
        cx.threads.split_mut(d_input, x_len, x_len + y_len, |first, d_input| {
            let samples =
                indices[first * y_len..].chunks_exact(y_len).zip(d_output[first * y_len..].chunks_exact(y_len));
            for (d_x, (indices, d_y)) in d_input.chunks_exact_mut(x_len).zip(samples) {
                d_x.fill(A::T::ZERO);
                for (i, (&index, &d)) in indices.iter().zip(d_y).enumerate() {
                    let sum = &mut d_x[place::<A>(self, i, index)];
                    *sum = *sum + d;
                }
                d_x.iter_mut().for_each(|sum| *sum = A::flush(*sum));
            }
        });
    }

    fn launches(&self) -> Vec<Launch> {
        let &Gather { outer, len, count, inner } = self;
        vec![
            Launch::new(&FORWARD, PerSample(outer * count * inner)),
            Launch::new(&D_INPUT, PerSample(outer * (len + count) * inner)),
        ]
    }
}
