//! `BatchNorm2d`: forward, backward and its GPU launches.

use super::BatchNorm2d;
use super::group_norm::D_WEIGHT_AND_BIAS;
use super::norm::normalised;
use crate::kernels::{column_sums, lane_sum, row_sums, run_kernel};
use crate::layers::operator::{Backward, Forward, Mode, Operator};
use crate::numerics::arith::{Arith, Element};
use crate::plan::launch::{Extent::Fixed, Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const WORK: &str = include_str!("batch_norm2d/work.wgsl");
const SAMPLE_SUMS: &str = include_str!("batch_norm2d/sample_sums.wgsl");
/// Leaves a sum for each sample, which `MEAN` adds up.
const SUMS: Kernel = Kernel::forward("sums", Form::Rows, &[include_str!("batch_norm2d/sums.wgsl")]);
const MEAN: Kernel =
    Kernel::forward("mean", Form::ColumnSums, &[WORK, SAMPLE_SUMS, include_str!("batch_norm2d/mean.wgsl")]);
/// Leaves a sum for each sample, which `RSTD` adds up.
const SQUARES: Kernel = Kernel::forward("squares", Form::Rows, &[WORK, include_str!("batch_norm2d/squares.wgsl")]);
const RSTD: Kernel =
    Kernel::forward("rstd", Form::ColumnSums, &[WORK, SAMPLE_SUMS, include_str!("batch_norm2d/rstd.wgsl")]);
const FORWARD: Kernel = Kernel::forward("forward", Form::Items, &[WORK, include_str!("batch_norm2d/forward.wgsl")]);
/// Leaves two sums for each sample, which `D_WEIGHT_AND_BIAS` adds up.
const D_SUMS: Kernel = Kernel::backward("d_sums", Form::Rows, &[WORK, include_str!("batch_norm2d/d_sums.wgsl")]);
const STATISTICS: Kernel =
    Kernel::backward("statistics", Form::Items, &[WORK, include_str!("batch_norm2d/statistics.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Items, &[WORK, include_str!("batch_norm2d/d_input.wgsl")]);

// The numbers of the parameters, in the order of the layer's description.
const WEIGHT: usize = 0;
const BIAS: usize = 1;
const RUNNING_MEAN: usize = 2;
const RUNNING_VAR: usize = 3;

/// What forward works with and leaves.
struct Work<'a, T> {
    /// [batch, C], sums over the positions of each sample.
    sums: &'a mut [T],
    /// [C]
    mean: &'a mut [T],
    /// [C], 1 / √(variance + eps).
    rstd: &'a mut [T],
    /// [C], Σ (x - mean)², of a batch that trains.
    squares: &'a mut [T],
}

impl<'a, T> Work<'a, T> {
    /// The parts of work, in order.
    fn of(work: &'a mut [T], channels: usize) -> Self {
        let (sums, rest) = work.split_at_mut(work.len() / BatchNorm2d::WORK);
        let (mean, rest) = rest.split_at_mut(channels);
        let (rstd, rest) = rest.split_at_mut(channels);
        Work { sums, mean, rstd, squares: &mut rest[..channels] }
    }
}

/// Sums over a batch are sums over the positions of each sample, [`lane_sum`], and then over the samples, [`column_sums`].
impl Operator for BatchNorm2d {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        if cx.input.is_empty() {
            return;
        }
        let BatchNorm2d { channels, positions, .. } = *self;
        let (input, epsilon) = (cx.input, A::T::from_f32(self.epsilon));
        let Work { sums, mean, rstd, squares } = Work::of(cx.work, channels);
        if let Mode::Training { .. } = cx.mode {
            let share = A::recip(A::T::from_f64((input.len() / channels) as f64));
            // From the channel's first value on, so that the mean of equal values is exact.
            mean.iter_mut().zip(input.iter().step_by(positions)).for_each(|(start, &x)| *start = x);
            let from = &*mean;
            cx.threads.split_mut(sums, 1, positions, |first, sums| {
                run_kernel!(A, move || {
                    for (sum, (c, x)) in sums.iter_mut().zip(rows(self, first, input)) {
                        let from = from[c];
                        *sum = A::flush(lane_sum::<A>(x.len(), |i, lane| lane + (x[i] - from)));
                    }
                });
            });
            column_sums::<A>(cx.threads, sums, squares);
            for (mean, &sum) in mean.iter_mut().zip(&*squares) {
                *mean = A::flush(A::mul_add(sum, share, *mean));
            }
            let mean = &*mean;
            cx.threads.split_mut(sums, 1, positions, |first, sums| {
                run_kernel!(A, move || {
                    for (sum, (c, x)) in sums.iter_mut().zip(rows(self, first, input)) {
                        let mean = mean[c];
                        *sum = A::flush(lane_sum::<A>(x.len(), |i, lane| A::mul_add(x[i] - mean, x[i] - mean, lane)));
                    }
                });
            });
            column_sums::<A>(cx.threads, sums, squares);
            for (rstd, &squares) in rstd.iter_mut().zip(&*squares) {
                *rstd = A::rsqrt_of_variance(A::mul_add(squares, share, epsilon));
            }
        } else {
            mean.copy_from_slice(cx.weights.vector(cx.offsets.param(RUNNING_MEAN), channels));
            for (rstd, &variance) in rstd.iter_mut().zip(cx.weights.vector(cx.offsets.param(RUNNING_VAR), channels)) {
                *rstd = A::rsqrt_of_variance(variance + epsilon);
            }
        }
        let (mean, rstd) = (&*mean, &*rstd);
        let [weight, bias] = [WEIGHT, BIAS].map(|number| cx.weights.vector(cx.offsets.param(number), channels));
        cx.threads.split_mut(cx.output, positions, positions * 2, |first, output| {
            run_kernel!(A, move || {
                for (y, (c, x)) in output.chunks_exact_mut(positions).zip(rows(self, first, input)) {
                    let (mean, rstd, w, b) = (mean[c], rstd[c], weight[c], bias[c]);
                    for (y, &x) in y.iter_mut().zip(x) {
                        *y = A::flush(A::mul_add(normalised::<A>(x, mean, rstd), w, b));
                    }
                }
            });
        });
    }

    /// d_b = Σ d_y, d_w = Σ d_y · x̂, and d_x = (d_y - d_b / n - x̂ · d_w / n) · rstd · w in training, d_y · rstd · w in inference.
    /// Running means get those of the batch; in inference, or where n is 1, themselves, which a step leaves where they are.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let BatchNorm2d { channels, positions, .. } = *self;
        let gradients = [WEIGHT, BIAS, RUNNING_MEAN, RUNNING_VAR].map(|number| cx.offsets.gradient(number));
        let [d_weight, d_bias, d_mean, d_var] = gradients;
        if cx.batch == 0 {
            for param in gradients {
                cx.d_weights[param..param + channels].fill(A::T::ZERO);
            }
            return;
        }
        let [mean, rstd, squares] = [1, 2, 3].map(|part| &cx.work[work_part(self, part, cx.batch)..][..channels]);
        let (input, d_output) = (cx.input, &*cx.d_output);
        let sums = &mut cx.scratch[..cx.batch * channels];
        cx.threads.split_mut(sums, 1, positions, |first, sums| {
            row_sums::<A>(positions, &d_output[first * positions..], sums);
        });
        column_sums::<A>(cx.threads, sums, &mut cx.d_weights[d_bias..d_bias + channels]);
        cx.threads.split_mut(sums, 1, positions, |first, sums| {
            run_kernel!(A, move || {
                let rows = rows(self, first, input).zip(rows(self, first, d_output));
                for (sum, ((c, x), (_, d_y))) in sums.iter_mut().zip(rows) {
                    let (mean, rstd) = (mean[c], rstd[c]);
                    let product = |i: usize, lane| A::mul_add(d_y[i], normalised::<A>(x[i], mean, rstd), lane);
                    *sum = A::flush(lane_sum::<A>(x.len(), product));
                }
            });
        });
        column_sums::<A>(cx.threads, sums, &mut cx.d_weights[d_weight..d_weight + channels]);

        let n = cx.batch * positions;
        let is_training = cx.mode != Mode::Inference;
        let has_variance = is_training && n > 1;
        for (number, place, batch) in [(RUNNING_MEAN, d_mean, mean), (RUNNING_VAR, d_var, squares)] {
            let found = if has_variance { batch } else { of(self, cx.weights, cx.offsets.param(number)) };
            cx.d_weights[place..place + channels].copy_from_slice(found);
        }
        if has_variance {
            let share = A::recip(A::T::from_f64(n as f64 - 1.0));
            let variance = &mut cx.d_weights[d_var..d_var + channels];
            variance.iter_mut().for_each(|squares| *squares = A::flush(*squares * share));
        }

        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        let share = is_training.then(|| A::recip(A::T::from_f64(n as f64)));
        let (d_weight, d_bias) = (of(self, cx.d_weights, d_weight), of(self, cx.d_weights, d_bias));
        let weight = of(self, cx.weights, cx.offsets.param(WEIGHT));
        cx.threads.split_mut(d_input, positions, positions * 4, |first, d_input| {
            run_kernel!(A, move || {
                let rows = rows(self, first, input).zip(rows(self, first, d_output));
                for (d_x, ((c, x), (_, d_y))) in d_input.chunks_exact_mut(positions).zip(rows) {
                    let (mean, rstd, w) = (mean[c], rstd[c], weight[c]);
                    let scaled = |d: A::T| A::flush(A::flush(d * rstd) * w);
                    let Some(share) = share else {
                        d_x.iter_mut().zip(d_y).for_each(|(d_x, &d_y)| *d_x = scaled(d_y));
                        continue;
                    };
                    let (d_mean, slope) = (A::flush(d_bias[c] * share), A::flush(d_weight[c] * share));
                    for ((d_x, &x), &d_y) in d_x.iter_mut().zip(x).zip(d_y) {
                        *d_x = scaled(A::mul_add(-normalised::<A>(x, mean, rstd), slope, d_y - d_mean));
                    }
                }
            });
        });
    }

    fn launches(&self) -> Vec<Launch> {
        vec![
            Launch::new(&SUMS, PerSample(self.channels)),
            Launch::new(&MEAN, Fixed(self.channels)),
            Launch::new(&SQUARES, PerSample(self.channels)),
            Launch::new(&RSTD, Fixed(self.channels)),
            Launch::new(&FORWARD, PerSample(self.channels * self.positions)),
            Launch::new(&D_SUMS, PerSample(self.channels)),
            Launch::new(&D_WEIGHT_AND_BIAS, Fixed(2 * self.channels)),
            Launch::new(&STATISTICS, Fixed(self.channels)),
            Launch::new(&D_INPUT, PerSample(self.channels * self.positions)),
        ]
    }
}

/// A parameter, by its offset, or its gradient.
fn of<'a, T>(layer: &BatchNorm2d, weights: &'a [T], param: usize) -> &'a [T] {
    &weights[param..param + layer.channels]
}

/// Where the parts of work begin that lie behind the sums, counted from 1.
fn work_part(layer: &BatchNorm2d, part: usize, batch: usize) -> usize {
    (batch + part - 1) * layer.channels
}

/// The channel and the values of each row from row `first` on.
#[inline(always)]
fn rows<'a, T>(layer: &BatchNorm2d, first: usize, values: &'a [T]) -> impl Iterator<Item = (usize, &'a [T])> {
    let rows = values[first * layer.positions..].chunks_exact(layer.positions);
    (first..).map(|row| row % layer.channels).zip(rows)
}
