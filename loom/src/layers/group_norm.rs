//! `GroupNorm`: forward, backward and its GPU launches.

use super::GroupNorm;
use crate::kernels::{Isa, Task, column_sums, dispatch, lane_sum, sum};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::{Arith, Element};
use crate::plan::launch::{Extent::Fixed, Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

// The numbers of the parameters, in the order of the layer's description.
const WEIGHT: usize = 0;
const BIAS: usize = 1;

const STATISTICS: &str = include_str!("group_norm/statistics.wgsl");
const FORWARD: Kernel = Kernel::forward("forward", Form::Rows, &[STATISTICS, include_str!("group_norm/forward.wgsl")]);
/// Leaves two sums for each sample, which `D_WEIGHT_AND_BIAS` adds up.
const D_SUMS: Kernel = Kernel::backward("d_sums", Form::Rows, &[STATISTICS, include_str!("group_norm/d_sums.wgsl")]);
const D_WEIGHT_AND_BIAS: Kernel =
    Kernel::backward("d_weight_and_bias", Form::ColumnSums, &[include_str!("group_norm/d_weight_and_bias.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Rows, &[STATISTICS, include_str!("group_norm/d_input.wgsl")]);

/// Forward leaves the mean and rstd = 1 / √(variance + eps) of each group in work, [batch · G, 2].
///
/// Sums over a batch are sums over the positions of each sample, [`lane_sum`], and then over the samples, [`column_sums`].
impl Operator for GroupNorm {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let len = self.group_len();
        let [weight, bias] = [WEIGHT, BIAS].map(|number| cx.weights.vector(cx.offsets.param(number), self.channels));
        cx.threads.split_mut(cx.work, 2, len * 2, |first, statistics| {
            dispatch(Statistics::<A> { layer: self, input: &cx.input[first * len..], statistics });
        });
        let statistics = &*cx.work;
        cx.threads.split_mut(cx.output, len, len * 2, |first, output| {
            let (input, statistics) = (&cx.input[first * len..], &statistics[first * 2..]);
            dispatch(Normalise::<A> { layer: self, first, input, statistics, weight, bias, output });
        });
    }

    /// d_b = Σ d_y and d_w = Σ d_y · x̂ over the batch and the positions. With g = d_y · w,
    /// d_x = (g - mean of g - x̂ · mean of g · x̂) · rstd, where the means are those of the group.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let GroupNorm { channels, positions, .. } = *self;
        let [weight, bias] = [WEIGHT, BIAS].map(|number| cx.offsets.param(number));
        let (input, statistics, d_output) = (cx.input, cx.work, &*cx.d_output);
        let sums = &mut cx.scratch[..cx.batch * channels];
        cx.threads.split_mut(sums, 1, positions, |first, sums| {
            dispatch(Sums::<A> { positions, d_output: &d_output[first * positions..], sums });
        });
        column_sums::<A>(cx.threads, sums, &mut cx.d_weights[bias..bias + channels]);
        cx.threads.split_mut(sums, 1, positions, |first, sums| {
            let (input, d_output) = (&input[first * positions..], &d_output[first * positions..]);
            dispatch(Products::<A> { layer: self, first, input, statistics, d_output, sums });
        });
        column_sums::<A>(cx.threads, sums, &mut cx.d_weights[weight..weight + channels]);

        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        let (len, weight) = (self.group_len(), &cx.weights[weight..weight + channels]);
        cx.threads.split_mut(d_input, len, len * 8, |first, d_input| {
            let (input, d_output) = (&input[first * len..], &d_output[first * len..]);
            let statistics = &statistics[first * 2..];
            dispatch(Differentiate::<A> { layer: self, first, input, statistics, weight, d_output, d_input });
        });
    }

    fn forward_launches(&self) -> Vec<Launch> {
        vec![Launch::new(&FORWARD, PerSample(self.groups))]
    }

    fn backward_launches(&self) -> Vec<Launch> {
        vec![
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

/// x̂ = (x - mean) · rstd.
#[inline(always)]
fn normalised<A: Arith>(x: A::T, mean: A::T, rstd: A::T) -> A::T {
    A::flush((x - mean) * rstd)
}

/// For each group, mean = x_0 + Σ (x - x_0) / n, which of equal values is exact, and rstd = 1 / √(Σ (x - mean)² / n + eps).
struct Statistics<'a, A: Arith> {
    layer: &'a GroupNorm,
    input: &'a [A::T],
    statistics: &'a mut [A::T],
}

impl<A: Arith> Task<A> for Statistics<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let (share, epsilon) = (share(self.layer), A::T::from_f32(self.layer.epsilon));
        let groups = self.input.chunks_exact(self.layer.group_len());
        for (x, statistics) in groups.zip(self.statistics.as_chunks_mut::<2>().0) {
            let start = x[0];
            let sum = lane_sum::<A>(x.len(), |i, lane| lane + (x[i] - start));
            let mean = A::flush(A::mul_add(A::flush(sum), share, start));
            let squares = lane_sum::<A>(x.len(), |i, lane| A::mul_add(x[i] - mean, x[i] - mean, lane));
            *statistics = [mean, A::rsqrt_of_variance(A::mul_add(squares, share, epsilon))];
        }
    }
}

/// y = x̂ · w + b.
struct Normalise<'a, A: Arith> {
    layer: &'a GroupNorm,
    first: usize,
    input: &'a [A::T],
    statistics: &'a [A::T],
    weight: &'a [A::T],
    bias: &'a [A::T],
    output: &'a mut [A::T],
}

impl<A: Arith> Task<A> for Normalise<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let GroupNorm { positions, .. } = *self.layer;
        let len = self.layer.group_len();
        let groups = self.input.chunks_exact(len).zip(self.statistics.as_chunks::<2>().0);
        for (row, (y, (x, &[mean, rstd]))) in (self.first..).zip(self.output.chunks_exact_mut(len).zip(groups)) {
            let channels = channels_of(self.layer, row);
            let terms = self.weight[channels.clone()].iter().zip(&self.bias[channels]);
            for ((y, x), (&w, &b)) in y.chunks_exact_mut(positions).zip(x.chunks_exact(positions)).zip(terms) {
                for (y, &x) in y.iter_mut().zip(x) {
                    *y = A::flush(A::mul_add(normalised::<A>(x, mean, rstd), w, b));
                }
            }
        }
    }
}

/// The sum of d_y over the positions, for each sample and channel.
struct Sums<'a, A: Arith> {
    positions: usize,
    d_output: &'a [A::T],
    sums: &'a mut [A::T],
}

impl<A: Arith> Task<A> for Sums<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        for (total, row) in self.sums.iter_mut().zip(self.d_output.chunks_exact(self.positions)) {
            *total = A::flush(sum::<A>(row));
        }
    }
}

/// The sum of d_y · x̂ over the positions, for each sample and channel.
struct Products<'a, A: Arith> {
    layer: &'a GroupNorm,
    first: usize,
    input: &'a [A::T],
    /// Those of all groups of the batch.
    statistics: &'a [A::T],
    d_output: &'a [A::T],
    sums: &'a mut [A::T],
}

impl<A: Arith> Task<A> for Products<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let GroupNorm { positions, .. } = *self.layer;
        let statistics = self.statistics.as_chunks::<2>().0;
        let rows = self.input.chunks_exact(positions).zip(self.d_output.chunks_exact(positions));
        for (row, (sum, (x, d_y))) in (self.first..).zip(self.sums.iter_mut().zip(rows)) {
            let [mean, rstd] = statistics[row / self.layer.group_channels()];
            let product = |i: usize, lane| A::mul_add(d_y[i], normalised::<A>(x[i], mean, rstd), lane);
            *sum = A::flush(lane_sum::<A>(x.len(), product));
        }
    }
}

/// The gradient of the input: see [`GroupNorm::backward`].
struct Differentiate<'a, A: Arith> {
    layer: &'a GroupNorm,
    first: usize,
    input: &'a [A::T],
    statistics: &'a [A::T],
    weight: &'a [A::T],
    d_output: &'a [A::T],
    d_input: &'a mut [A::T],
}

impl<A: Arith> Task<A> for Differentiate<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let GroupNorm { positions, .. } = *self.layer;
        let (len, share) = (self.layer.group_len(), share(self.layer));
        let groups = self.input.chunks_exact(len).zip(self.statistics.as_chunks::<2>().0);
        let groups = groups.zip(self.d_output.chunks_exact(len)).zip(self.d_input.chunks_exact_mut(len));
        for (row, (((x, &[mean, rstd]), d_y), d_x)) in (self.first..).zip(groups) {
            // d_x holds g, until it is known what to take from it.
            let weight = &self.weight[channels_of(self.layer, row)];
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
    }
}
