//! `GlobalAvgPool`: forward, backward and its GPU launches.

use super::GlobalAvgPool;
use crate::kernels::{run_kernel, sum};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::{Arith, Element};
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const FORWARD: Kernel = Kernel::forward("forward", Form::Rows, &[include_str!("global_avg_pool/forward.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Items, &[include_str!("global_avg_pool/d_input.wgsl")]);

impl Operator for GlobalAvgPool {
    /// The [`sum`] of each channel, times 1 / N.
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let (share, input) = (A::T::from_f32(self.share()), cx.input);
        cx.threads.split_mut(cx.output, 1, self.len, |first, means| {
            let channels = input[first * self.len..].chunks_exact(self.len);
            run_kernel!(A, move || {
                for (mean, channel) in means.iter_mut().zip(channels) {
                    *mean = A::flush(sum::<A>(channel) * share);
                }
            });
        });
    }

    /// d_x = d_y / N for each value of a channel.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        cx.threads.split_mut(d_input, self.len, self.len, |first, d_input| {
            for (d_channel, &d_y) in d_input.chunks_exact_mut(self.len).zip(&cx.d_output[first..]) {
                d_channel.fill(A::flush(d_y * A::T::from_f32(self.share())));
            }
        });
    }

    fn launches(&self) -> Vec<Launch> {
        vec![
            Launch::new(&FORWARD, PerSample(self.channels)),
            Launch::new(&D_INPUT, PerSample(self.channels * self.len)),
        ]
    }
}
