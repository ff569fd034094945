//! `Softmax`: forward, backward and its GPU launches.

use super::Softmax;
use crate::kernels::{Isa, Task, dispatch, dot, greatest, sum};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::Arith;
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const FORWARD: Kernel = Kernel::forward("forward", Form::Rows, &[include_str!("softmax/forward.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Rows, &[include_str!("softmax/d_input.wgsl")]);

/// Multiply-adds that one value costs, for the choice of threads.
const COST: usize = 24;

impl Operator for Softmax {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        cx.threads.split_mut(cx.output, self.len, self.len * COST, |first, output| {
            let input = &cx.input[first * self.len..][..output.len()];
            dispatch(Normalise::<A> { len: self.len, input, output });
        });
    }

    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        cx.threads.split_mut(d_input, self.len, self.len * 2, |first, d_input| {
            let part = first * self.len..first * self.len + d_input.len();
            let (output, d_output) = (&cx.output[part.clone()], &cx.d_output[part]);
            dispatch(Differentiate::<A> { len: self.len, output, d_output, d_input });
        });
    }

    fn forward_launches(&self) -> Vec<Launch> {
        vec![Launch::new(&FORWARD, PerSample(self.rows))]
    }

    fn backward_launches(&self) -> Vec<Launch> {
        vec![Launch::new(&D_INPUT, PerSample(self.rows))]
    }
}

/// For each row, y = e^(x - max x), divided by its sum.
struct Normalise<'a, A: Arith> {
    len: usize,
    input: &'a [A::T],
    output: &'a mut [A::T],
}

impl<A: Arith> Task<A> for Normalise<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        for (x, y) in self.input.chunks_exact(self.len).zip(self.output.chunks_exact_mut(self.len)) {
            y.copy_from_slice(x);
            normalise::<A>(y);
        }
    }
}

/// y = e^(y - max y), divided by its sum.
#[inline(always)]
pub(super) fn normalise<A: Arith>(y: &mut [A::T]) {
    let max = greatest::<A>(y);
    y.iter_mut().for_each(|y| *y = A::exp(*y - max));
    let scale = A::recip(sum::<A>(y));
    y.iter_mut().for_each(|y| *y = A::flush(*y * scale));
}

/// For each row, d_x = y · (d_y - Σ_j d_y_j y_j).
struct Differentiate<'a, A: Arith> {
    len: usize,
    output: &'a [A::T],
    d_output: &'a [A::T],
    d_input: &'a mut [A::T],
}

impl<A: Arith> Task<A> for Differentiate<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let rows = self.output.chunks_exact(self.len).zip(self.d_output.chunks_exact(self.len));
        for ((y, d_y), d_x) in rows.zip(self.d_input.chunks_exact_mut(self.len)) {
            let mean = dot::<A>(d_y, y);
            for ((d_x, &d_y), &y) in d_x.iter_mut().zip(d_y).zip(y) {
                *d_x = A::flush(y * (d_y - mean));
            }
        }
    }
}
