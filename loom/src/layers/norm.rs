//! `LayerNorm` and `RmsNorm`: forward, backward and their GPU launches.

use super::{LayerNorm, RmsNorm};
use crate::kernels::{column_sums, lane_sum, run_kernel};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::{Arith, Element};
use crate::plan::launch::{Extent::Fixed, Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

pub(super) const FORWARD_ROWS: &str = include_str!("norm/forward.wgsl");
pub(super) const NORMALISED: &str = include_str!("norm/normalised.wgsl");
pub(super) const D_INPUT_ROWS: &str = include_str!("norm/d_input.wgsl");
const ROWS: &str = include_str!("norm/rows.wgsl");
const FORWARD: Kernel = Kernel::forward("forward", Form::Rows, &[ROWS, FORWARD_ROWS]);
const D_WEIGHT: Kernel =
    Kernel::backward("d_weight", Form::ColumnSums, &[NORMALISED, include_str!("norm/d_weight.wgsl")]);
const D_BIAS: Kernel = Kernel::backward("d_bias", Form::ColumnSums, &[include_str!("norm/d_bias.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Rows, &[ROWS, NORMALISED, D_INPUT_ROWS]);

/// For each row, x̂ = (x - mean) · rstd and y = x̂ · w + b, with rstd = 1 / √(mean of (x - mean)² + eps); where it is not
/// centred, with 0 for the mean.
///
/// Forward leaves mean and rstd in work, [batch · rows, 2], since the sums of d_w go through columns and would need the sums of
/// every row again.
#[derive(Debug, Clone, Copy)]
struct Norm {
    rows: usize,
    len: usize,
    epsilon: f32,
    bias: bool,
    is_centred: bool,
}

fn layer_norm(layer: &LayerNorm) -> Norm {
    let LayerNorm { rows, len, epsilon, bias } = *layer;
    Norm { rows, len, epsilon, bias, is_centred: true }
}

fn rms_norm(layer: &RmsNorm) -> Norm {
    let RmsNorm { rows, len, epsilon } = *layer;
    Norm { rows, len, epsilon, bias: false, is_centred: false }
}

macro_rules! norms {
    ($($layer:ident $norm:ident),*) => {$(
        impl Operator for $layer {
            fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
                $norm(self).forward(cx);
            }

            fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
                $norm(self).backward(cx);
            }

            fn launches(&self) -> Vec<Launch> {
                $norm(self).launches()
            }
        }
    )*};
}
norms!(LayerNorm layer_norm, RmsNorm rms_norm);

impl Operator for Norm {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let Norm { len, is_centred, .. } = *self;
        let (input, share, epsilon) = (cx.input, self.share(), A::T::from_f32(self.epsilon));
        cx.threads.split_mut(cx.work, 2, len * 2, |first, to| {
            let rows = input[first * len..].chunks_exact(len);
            run_kernel!(A, move || {
                for (x, to) in rows.zip(to.as_chunks_mut::<2>().0) {
                    *to = statistics::<A>(x, share, epsilon, is_centred);
                }
            });
        });
        let statistics = &*cx.work;
        let weight = cx.weights.vector(cx.offsets.param(0), len);
        let bias = self.bias.then(|| cx.weights.vector(cx.offsets.param(1), len));
        cx.threads.split_mut(cx.output, len, len * 2, |first, output| {
            let rows = rows(len, first, input, statistics);
            run_kernel!(A, move || {
                for (y, (x, &[mean, rstd])) in output.chunks_exact_mut(len).zip(rows) {
                    let put =
                        |y: &mut A::T, (&x, &w), b| *y = A::flush(A::mul_add(normalised::<A>(x, mean, rstd), w, b));
                    let y = y.iter_mut().zip(x.iter().zip(weight));
                    match bias {
                        Some(bias) => y.zip(bias).for_each(|((y, terms), &b)| put(y, terms, b)),
                        None => y.for_each(|(y, terms)| put(y, terms, A::T::ZERO)),
                    }
                }
            });
        });
    }

    /// d_b = Σ_rows d_y, d_w = Σ_rows d_y · x̂ and, with g = d_y · w, d_x = (g - mean of g - x̂ · mean of g · x̂) · rstd; the
    /// mean of g only where the layer is centred.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Norm { len, is_centred, .. } = *self;
        let (input, work, share) = (cx.input, cx.work, self.share());
        let [weight, d_weight] = [cx.offsets.param(0), cx.offsets.gradient(0)];
        if self.bias {
            let bias = cx.offsets.gradient(1);
            column_sums::<A>(cx.threads, cx.d_output, &mut cx.d_weights[bias..bias + len]);
        }
        if let Some(d_input) = cx.d_input.as_deref_mut() {
            let (w, d_output) = (&cx.weights[weight..weight + len], &*cx.d_output);
            cx.threads.split_mut(d_input, len, len * 8, |first, d_input| {
                let rows = rows(len, first, input, work).zip(d_output[first * len..].chunks_exact(len));
                run_kernel!(A, move || {
                    for (d_x, ((x, &[mean, rstd]), d_y)) in d_input.chunks_exact_mut(len).zip(rows) {
                        let (d_y, w) = (&d_y[..x.len()], &w[..x.len()]);
                        let g = |i: usize| A::flush(d_y[i] * w[i]);
                        let normalised = |i: usize| normalised::<A>(x[i], mean, rstd);
                        let mut g_mean = A::T::ZERO;
                        if is_centred {
                            g_mean = A::flush(lane_sum::<A>(x.len(), |i, lane| lane + g(i)) * share);
                        }
                        let products = lane_sum::<A>(x.len(), |i, lane| A::mul_add(g(i), normalised(i), lane));
                        let slope = A::flush(products * share);
                        for (i, d_x) in d_x[..x.len()].iter_mut().enumerate() {
                            *d_x = A::flush(A::mul_add(-normalised(i), slope, g(i) - g_mean) * rstd);
                        }
                    }
                });
            });
        }
        // d_y becomes d_y · x̂.
        cx.threads.split_mut(cx.d_output, len, len * 2, |first, d_output| {
            let rows = rows(len, first, input, work);
            run_kernel!(A, move || {
                for (d_y, (x, &[mean, rstd])) in d_output.chunks_exact_mut(len).zip(rows) {
                    for (d_y, &x) in d_y.iter_mut().zip(x) {
                        *d_y = A::flush(*d_y * normalised::<A>(x, mean, rstd));
                    }
                }
            });
        });
        column_sums::<A>(cx.threads, cx.d_output, &mut cx.d_weights[d_weight..d_weight + len]);
    }

    fn launches(&self) -> Vec<Launch> {
        let mut launches = vec![Launch::new(&FORWARD, PerSample(self.rows))];
        launches.extend(self.bias.then(|| Launch::new(&D_BIAS, Fixed(self.len))));
        launches.extend([Launch::new(&D_WEIGHT, Fixed(self.len)), Launch::new(&D_INPUT, PerSample(self.rows))]);
        launches
    }
}

impl Norm {
    /// 1 / N.
    fn share<T: Element>(&self) -> T {
        T::from_f64(1.0 / self.len as f64)
    }
}

/// The rows of `len` values from row `first` on, each with its mean and its rstd.
pub(super) fn rows<'a, T>(
    len: usize,
    first: usize,
    input: &'a [T],
    statistics: &'a [T],
) -> impl Iterator<Item = (&'a [T], &'a [T; 2])> {
    input[first * len..].chunks_exact(len).zip(statistics[first * 2..].as_chunks().0)
}

/// x̂ = (x - mean) · rstd.
#[inline(always)]
pub(super) fn normalised<A: Arith>(x: A::T, mean: A::T, rstd: A::T) -> A::T {
    A::flush((x - mean) * rstd)
}

/// The mean of a row, x_0 + Σ (x - x_0) / N, which of equal values is exact, or 0 where it is not centred; and
/// rstd = 1 / √(Σ (x - mean)² / N + eps). `share` is 1 / N.
#[inline(always)]
pub(super) fn statistics<A: Arith>(x: &[A::T], share: A::T, epsilon: A::T, is_centred: bool) -> [A::T; 2] {
    let mut mean = A::T::ZERO;
    if is_centred {
        let start = x[0];
        let sum = lane_sum::<A>(x.len(), |i, lane| lane + (x[i] - start));
        mean = A::flush(A::mul_add(A::flush(sum), share, start));
    }
    let squares = lane_sum::<A>(x.len(), |i, lane| A::mul_add(x[i] - mean, x[i] - mean, lane));
    [mean, A::rsqrt_of_variance(A::mul_add(squares, share, epsilon))]
}
