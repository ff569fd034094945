//! `Softmax`: forward, backward and its GPU launches.

use super::Softmax;
use crate::kernels::{dot, greatest, run_kernel, sum};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::Arith;
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const FORWARD: Kernel = Kernel::forward("forward", Form::Rows, &[include_str!("softmax/forward.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Rows, &[include_str!("softmax/d_input.wgsl")]);

/// Multiply-adds that one value costs, for the choice of threads.
const COST: usize = 24;

impl Operator for Softmax {
    /// For each row, y = e^(x - max x), divided by its sum.
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let (len, input) = (self.len, cx.input);
        cx.threads.split_mut(cx.output, len, len * COST, |first, output| {
            run_kernel!(A, move || {
                for (x, y) in input[first * len..].chunks_exact(len).zip(output.chunks_exact_mut(len)) {
                    y.copy_from_slice(x);
                    normalise::<A>(y);
                }
            });
        });
    }

    /// For each row, d_x = y · (d_y - Σ_j d_y_j y_j).
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        let (len, output, d_output) = (self.len, cx.output, &*cx.d_output);
        cx.threads.split_mut(d_input, len, len * 2, |first, d_input| {
            let rows = output[first * len..].chunks_exact(len).zip(d_output[first * len..].chunks_exact(len));
            run_kernel!(A, move || {
                for ((y, d_y), d_x) in rows.zip(d_input.chunks_exact_mut(len)) {
                    let mean = dot::<A>(d_y, y);
                    for ((d_x, &d_y), &y) in d_x.iter_mut().zip(d_y).zip(y) {
                        *d_x = A::flush(y * (d_y - mean));
                    }
                }
            });
        });
    }

    fn launches(&self) -> Vec<Launch> {
        vec![Launch::new(&FORWARD, PerSample(self.rows)), Launch::new(&D_INPUT, PerSample(self.rows))]
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
