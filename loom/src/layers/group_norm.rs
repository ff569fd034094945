//! `GroupNorm`: forward, backward and its GPU launches.

use super::GroupNorm;
use super::norm::{self, normalised, rows, statistics};
use crate::kernels::{column_sums, lane_sum, row_sums, run_kernel};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::{Arith, Element};
use crate::plan::launch::{Extent::Fixed, Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

// The numbers of the parameters, in the order of the layer's description.
const WEIGHT: usize = 0;
const BIAS: usize = 1;

const GROUPS: &str = include_str!("group_norm/groups.wgsl");
const FORWARD: Kernel = Kernel::forward("forward", Form::Rows, &[GROUPS, norm::FORWARD_ROWS]);
/// Leaves two sums for each sample, which `D_WEIGHT_AND_BIAS` adds up.
const D_SUMS: Kernel =
    Kernel::backward("d_sums", Form::Rows, &[GROUPS, norm::NORMALISED, include_str!("group_norm/d_sums.wgsl")]);
pub(super) const D_WEIGHT_AND_BIAS: Kernel =
    Kernel::backward("d_weight_and_bias", Form::ColumnSums, &[include_str!("group_norm/d_weight_and_bias.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Rows, &[GROUPS, norm::NORMALISED, norm::D_INPUT_ROWS]);

/// Forward leaves the mean and rstd = 1 / √(variance + eps) of each group in work, [batch · G, 2].
///
/// Sums over a batch are sums over the positions of each sample, [`lane_sum`], and then over the samples, [`column_sums`].
impl Operator for GroupNorm {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let (len, positions, input) = (self.group_len(), self.positions, cx.input);
        let (share, epsilon) = (share(self), A::T::from_f32(self.epsilon));
        let [weight, bias] = [WEIGHT, BIAS].map(|number| cx.weights.vector(cx.offsets.param(number), self.channels));
        cx.threads.split_mut(cx.work, 2, len * 2, |first, to| {
            let groups = input[first * len..].chunks_exact(len);
            run_kernel!(A, move || {
                for (x, to) in groups.zip(to.as_chunks_mut::<2>().0) {
                    *to = statistics::<A>(x, share, epsilon, true);
                }
            });
        });
        let statistics = &*cx.work;
        cx.threads.split_mut(cx.output, len, len * 2, |first, output| {
            let groups = rows(len, first, input, statistics);
            run_kernel!(A, move || {
                for (row, (y, (x, &[mean, rstd]))) in (first..).zip(output.chunks_exact_mut(len).zip(groups)) {
                    let channels = channels_of(self, row);
                    let terms = weight[channels.clone()].iter().zip(&bias[channels]);
                    for ((y, x), (&w, &b)) in y.chunks_exact_mut(positions).zip(x.chunks_exact(positions)).zip(terms) {
                        for (y, &x) in y.iter_mut().zip(x) {
                            *y = A::flush(A::mul_add(normalised::<A>(x, mean, rstd), w, b));
                        }
                    }
                }
            });
        });
    }

    /// d_b = Σ d_y and d_w = Σ d_y · x̂ over the batch and the positions. With g = d_y · w,
    /// d_x = (g - mean of g - x̂ · mean of g · x̂) · rstd, where the means are those of the group.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let GroupNorm { channels, positions, .. } = *self;
        let [d_weight, d_bias] = [WEIGHT, BIAS].map(|number| cx.offsets.gradient(number));
        let (input, statistics, d_output) = (cx.input, cx.work, &*cx.d_output);
        let sums = &mut cx.scratch[..cx.batch * channels];
        cx.threads.split_mut(sums, 1, positions, |first, sums| {
            row_sums::<A>(positions, &d_output[first * positions..], sums);
        });
        column_sums::<A>(cx.threads, sums, &mut cx.d_weights[d_bias..d_bias + channels]);
        cx.threads.split_mut(sums, 1, positions, |first, sums| {
            let (input, d_output) = (&input[first * positions..], &d_output[first * positions..]);
            let rows = input.chunks_exact(positions).zip(d_output.chunks_exact(positions));
            let statistics = statistics.as_chunks::<2>().0;
            run_kernel!(A, move || {
                for (row, (sum, (x, d_y))) in (first..).zip(sums.iter_mut().zip(rows)) {
                    let [mean, rstd] = statistics[row / self.group_channels()];
                    let product = |i: usize, lane| A::mul_add(d_y[i], normalised::<A>(x[i], mean, rstd), lane);
                    *sum = A::flush(lane_sum::<A>(x.len(), product));
                }
            });
        });
        column_sums::<A>(cx.threads, sums, &mut cx.d_weights[d_weight..d_weight + channels]);

        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        let (len, share) = (self.group_len(), share(self));
        let weight = &cx.weights[cx.offsets.param(WEIGHT)..][..channels];
        cx.threads.split_mut(d_input, len, len * 8, |first, d_input| {
            let groups = rows(len, first, input, statistics).zip(d_output[first * len..].chunks_exact(len));
            run_kernel!(A, move || {
                let groups = groups.zip(d_input.chunks_exact_mut(len));
                for (row, (((x, &[mean, rstd]), d_y), d_x)) in (first..).zip(groups) {
                    // d_x holds g, until it is known what to take from it.
                    let weight = &weight[channels_of(self, row)];
                    let channels = d_x.chunks_exact_mut(positions).zip(d_y.chunks_exact(positions));
                    for ((g, d_y), &w) in channels.zip(weight) {
                        g.iter_mut().zip(d_y).for_each(|(g, &d_y)| *g = A::flush(d_y * w));
                    }
                    let (g, normalised) = (&*d_x, |i: usize| normalised::<A>(x[i], mean, rstd));
                    let g_mean = A::flush(lane_sum::<A>(len, |i, lane| lane + g[i]) * share);
                    let slope = A::flush(lane_sum::<A>(len, |i, lane| A::mul_add(g[i], normalised(i), lane)) * share);
                    for (i, d_x) in d_x.iter_mut().enumerate() {
                        *d_x = A::flush(A::mul_add(-normalised(i), slope, *d_x - g_mean) * rstd);
                    }
                }
            });
        });
    }

    fn launches(&self) -> Vec<Launch> {
        vec![
            Launch::new(&FORWARD, PerSample(self.groups)),
            Launch::new(&D_SUMS, PerSample(self.channels)),
            Launch::new(&D_WEIGHT_AND_BIAS, Fixed(2 * self.channels)),
            Launch::new(&D_INPUT, PerSample(self.groups)),
        ]
    }
}

/// 1 / the values of a group.
fn share<T: Element>(layer: &GroupNorm) -> T {
    T::from_f64(1.0 / layer.group_len() as f64)
}

/// The channels of the group that row `row` of the batch's groups is.
#[inline(always)]
fn channels_of(layer: &GroupNorm, row: usize) -> core::ops::Range<usize> {
    let (first, count) = (row % layer.groups * layer.group_channels(), layer.group_channels());
    first..first + count
}
