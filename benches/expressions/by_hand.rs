//! The expressions as loops written by hand: one pass each, in Loom's arithmetic, compiled for Loom's instruction sets.

use loom::arith::{Arith, Fused};

/// What a kernel reads and writes: samples of [`LEN`](super::LEN) values, and learned values that go with every sample.
pub struct Buffers {
    pub x: Vec<f32>,
    /// Learned; or with every sample, where a kernel says so.
    pub p: Vec<f32>,
    pub y: Vec<f32>,
    pub d_y: Vec<f32>,
    pub d_x: Vec<f32>,
    pub d_p: Vec<f32>,
    /// What forward leaves for backward.
    pub work: Vec<f32>,
}

/// An expression's forward and backward.
#[derive(Clone, Copy)]
pub struct ByHand {
    pub forward: fn(&mut Buffers),
    pub backward: fn(&mut Buffers),
}

const LANES: usize = 16;
/// Rows that a sum over rows adds up before it adds them to the total.
const CHUNK_ROWS: usize = 64;

/// Moved into a kernel and consumed there, so that it is `FnOnce` alone, and is inlined.
struct Once;

macro_rules! run {
    (move || $body:block) => {{
        let once = Once;
        run(
            #[inline(always)]
            move || {
                let Once = { once };
                $body
            },
        );
    }};
}

/// Runs a kernel compiled for AVX-512 or AVX2, where the machine has it.
fn run(kernel: impl FnOnce()) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")]
        fn run_avx512(kernel: impl FnOnce()) {
            kernel();
        }
        #[target_feature(enable = "avx2,fma,f16c")]
        fn run_avx2(kernel: impl FnOnce()) {
            kernel();
        }
        let has_avx2 =
            is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c");
        let has_avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        if has_avx2 && has_avx512 {
            // SAFETY: the machine has the features that the function is compiled for.
            return unsafe { run_avx512(kernel) };
        }
        if has_avx2 {
            // SAFETY: the machine has the features that the function is compiled for.
            return unsafe { run_avx2(kernel) };
        }
    }
    kernel();
}

// Loom flushes what each operation gives.

#[inline(always)]
fn plus(a: f32, b: f32) -> f32 {
    Fused::flush(a + b)
}

#[inline(always)]
fn minus(a: f32, b: f32) -> f32 {
    Fused::flush(a - b)
}

#[inline(always)]
fn times(a: f32, b: f32) -> f32 {
    Fused::flush(a * b)
}

#[inline(always)]
fn mul_add(a: f32, b: f32, c: f32) -> f32 {
    Fused::flush(Fused::mul_add(a, b, c))
}

#[inline(always)]
fn exp(a: f32) -> f32 {
    Fused::flush(Fused::exp(a))
}

#[inline(always)]
fn tanh(a: f32) -> f32 {
    Fused::tanh_of_flushed(a)
}

#[inline(always)]
fn sigmoid(a: f32) -> f32 {
    Fused::sigmoid_of_flushed(a)
}

/// y = f(x) for every value.
#[inline(always)]
fn map(to: &mut Buffers, f: impl Fn(f32) -> f32) {
    let Buffers { x, y, .. } = to;
    run!(move || {
        for (&x, y) in x.iter().zip(y) {
            *y = f(x);
        }
    });
}

/// d_x = f(x, y, d_y) for every value.
#[inline(always)]
fn map_back(to: &mut Buffers, f: impl Fn(f32, f32, f32) -> f32) {
    let Buffers { x, y, d_y, d_x, .. } = to;
    run!(move || {
        for (((&x, &y), &d), d_x) in x.iter().zip(&*y).zip(&*d_y).zip(d_x) {
            *d_x = f(x, y, d);
        }
    });
}

/// y = f(x, p) for every value, with the learned values for each sample.
#[inline(always)]
fn map_learned(to: &mut Buffers, f: impl Fn(f32, f32) -> f32) {
    let Buffers { x, p, y, .. } = to;
    run!(move || {
        for (x, y) in x.chunks_exact(p.len()).zip(y.chunks_exact_mut(p.len())) {
            for ((&x, &p), y) in x.iter().zip(&*p).zip(y) {
                *y = f(x, p);
            }
        }
    });
}

/// [d_x, what is added to d_p] = f(x, p, y, d_y), the samples added up as Loom does it.
#[inline(always)]
fn map_learned_back(to: &mut Buffers, f: impl Fn(f32, f32, f32, f32) -> [f32; 2]) {
    let Buffers { x, p, y, d_y, d_x, d_p, .. } = to;
    run!(move || {
        assert!(x.len() <= CHUNK_ROWS * p.len(), "the samples are one chunk");
        d_p.fill(0.0);
        let rows = x.chunks_exact(p.len()).zip(y.chunks_exact(p.len())).zip(d_y.chunks_exact(p.len()));
        for (((x, y), d_y), d_x) in rows.zip(d_x.chunks_exact_mut(p.len())) {
            let read = x.iter().zip(&*p).zip(y).zip(d_y);
            for ((((&x, &p), &y), &d), (d_x, d_p)) in read.zip(d_x.iter_mut().zip(&mut *d_p)) {
                let [d, added] = f(x, p, y, d);
                *d_x = d;
                *d_p += added;
            }
        }
        d_p.iter_mut().for_each(|d| *d = Fused::flush(*d));
    });
}

#[inline(always)]
fn log1p(t: f32) -> f32 {
    let u = plus(1.0, t);
    let ratio = times(t, Fused::flush(Fused::recip(minus(u, 1.0))));
    let product = times(Fused::flush(Fused::log(u)), ratio);
    if u == 1.0 { t } else { product }
}

#[inline(always)]
fn softplus(x: f32) -> f32 {
    let positive = if Fused::orders_after(x, 0.0) { x } else { 0.0 };
    plus(positive, log1p(exp(-x.abs())))
}

pub const MISH: ByHand = ByHand {
    forward: |to| {
        map(
            to,
            #[inline(always)]
            |x| times(x, tanh(softplus(x))),
        )
    },
    backward: |to| {
        map_back(
            to,
            #[inline(always)]
            |x, _, d| {
                let t = tanh(softplus(x));
                let d_softplus = times(times(d, x), mul_add(-t, t, 1.0));
                plus(times(d, t), times(d_softplus, sigmoid(x)))
            },
        );
    },
};

#[inline(always)]
fn clamp(x: f32, low: f32, high: f32) -> f32 {
    let x_or_high = if high < x { high } else { x };
    if x < low { low } else { x_or_high }
}

pub const HARD_SWISH: ByHand = ByHand {
    forward: |to| {
        map(
            to,
            #[inline(always)]
            |x| times(times(x, clamp(plus(x, 3.0), 0.0, 6.0)), 1.0 / 6.0),
        )
    },
    backward: |to| {
        map_back(
            to,
            #[inline(always)]
            |x, _, d| {
                let shifted = plus(x, 3.0);
                let d = times(d, 1.0 / 6.0);
                let d_clamp = times(d, x);
                let d_clamp = if 6.0 < shifted { 0.0 } else { d_clamp };
                let d_clamp = if shifted < 0.0 { 0.0 } else { d_clamp };
                plus(times(d, clamp(shifted, 0.0, 6.0)), d_clamp)
            },
        );
    },
};

const SQRT_HALF: f32 = core::f32::consts::FRAC_1_SQRT_2;

pub const GELU: ByHand = ByHand {
    forward: |to| {
        map(
            to,
            #[inline(always)]
            |x| times(times(0.5, x), plus(1.0, Fused::flush(Fused::erf(times(x, SQRT_HALF))))),
        )
    },
    backward: |to| {
        map_back(
            to,
            #[inline(always)]
            |x, _, d| {
                let (half, z) = (times(0.5, x), times(x, SQRT_HALF));
                let sum = plus(1.0, Fused::flush(Fused::erf(z)));
                let density = times(exp(times(times(z, -1.0), z)), core::f32::consts::FRAC_2_SQRT_PI);
                plus(times(times(times(d, half), density), SQRT_HALF), times(times(d, sum), 0.5))
            },
        );
    },
};

pub const SNAKE: ByHand = ByHand {
    forward: |to| {
        map(
            to,
            #[inline(always)]
            |x| {
                let sin = Fused::flush(Fused::sin(x));
                plus(x, times(sin, sin))
            },
        );
    },
    backward: |to| {
        map_back(
            to,
            #[inline(always)]
            |x, _, d| {
                let sin = Fused::flush(Fused::sin(x));
                plus(d, times(times(d, plus(sin, sin)), Fused::flush(Fused::cos(x))))
            },
        );
    },
};

/// The second argument, `p`, has values of its own for every sample.
pub const GATE: ByHand = ByHand {
    forward: |to| {
        map_learned(
            to,
            #[inline(always)]
            |a, b| times(tanh(a), sigmoid(b)),
        )
    },
    backward: |to| {
        let Buffers { x, p, d_y, d_x, d_p, .. } = to;
        run!(move || {
            let read = x.iter().zip(&*p).zip(&*d_y);
            for (((&a, &b), &d), (d_a, d_b)) in read.zip(d_x.iter_mut().zip(&mut *d_p)) {
                let (t, s) = (tanh(a), sigmoid(b));
                *d_a = times(times(d, s), mul_add(-t, t, 1.0));
                *d_b = times(times(d, t), mul_add(-s, s, s));
            }
        });
    },
};

/// What stands in the gate's place where its halves are only added.
pub const ADD: ByHand = ByHand {
    forward: |to| map_learned(to, plus),
    backward: |to| {
        to.d_x.copy_from_slice(&to.d_y);
        to.d_p.copy_from_slice(&to.d_y);
    },
};

pub const RBF: ByHand = ByHand {
    forward: |to| {
        map_learned(
            to,
            #[inline(always)]
            |x, c| {
                let far = minus(x, c);
                exp(times(-0.5, times(far, far)))
            },
        );
    },
    backward: |to| {
        map_learned_back(
            to,
            #[inline(always)]
            |x, c, y, d| {
                let far = minus(x, c);
                let d = times(times(times(d, y), -0.5), plus(far, far));
                [d, Fused::flush(-d)]
            },
        );
    },
};

pub const LAYER_SCALE: ByHand = ByHand {
    forward: |to| map_learned(to, times),
    backward: |to| {
        map_learned_back(
            to,
            #[inline(always)]
            |x, p, _, d| [times(d, p), times(d, x)],
        )
    },
};

pub const LEAKY: ByHand = ByHand {
    forward: |to| {
        map(
            to,
            #[inline(always)]
            |x| if x < 0.0 { times(0.1, x) } else { x },
        )
    },
    backward: |to| {
        map_back(
            to,
            #[inline(always)]
            |x, _, d| {
                let own = if x < 0.0 { 0.0 } else { d };
                plus(own, times(if x < 0.0 { d } else { 0.0 }, 0.1))
            },
        );
    },
};

/// Lane l has the terms l, l + 16, .. in order.
#[inline(always)]
fn lanes(row: &[f32], start: f32, f: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
    let mut lanes = [start; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, &x)| *lane = f(*lane, x));
    }
    lanes.iter_mut().zip(rest).for_each(|(lane, &x)| *lane = f(*lane, x));
    lanes
}

/// The lanes added 8 apart, then 4, 2, 1.
#[inline(always)]
fn tree(mut lanes: [f32; LANES], f: impl Fn(f32, f32) -> f32) -> f32 {
    for distance in [8, 4, 2, 1] {
        for l in 0..distance {
            lanes[l] = f(lanes[l], lanes[l + distance]);
        }
    }
    lanes[0]
}

#[inline(always)]
fn greater(a: f32, b: f32) -> f32 {
    if Fused::orders_after(b, a) { b } else { a }
}

/// A row of the softmax and of the sum of squares.
const ROW: usize = 64;

/// The exponentials of a row lie in `work`, behind those of the rows before, and their sums behind all.
pub const SOFTMAX: ByHand = ByHand {
    forward: |to| {
        let Buffers { x, y, work, .. } = to;
        run!(move || {
            let (exps, sums) = work.split_at_mut(x.len());
            let rows = x.chunks_exact(ROW).zip(y.chunks_exact_mut(ROW));
            for ((x, y), (exps, sum)) in rows.zip(exps.chunks_exact_mut(ROW).zip(sums)) {
                let max = tree(lanes(x, f32::NEG_INFINITY, greater), greater);
                for (&x, to) in x.iter().zip(&mut *exps) {
                    *to = exp(minus(x, max));
                }
                *sum = Fused::flush(tree(lanes(exps, 0.0, |a, b| a + b), |a, b| a + b));
                let scale = Fused::flush(Fused::recip(*sum));
                for (&exp, y) in exps.iter().zip(y) {
                    *y = times(exp, scale);
                }
            }
        });
    },
    backward: |to| {
        let Buffers { y, d_y, d_x, work, .. } = to;
        run!(move || {
            let (exps, sums) = work.split_at(y.len());
            let rows = y.chunks_exact(ROW).zip(d_y.chunks_exact(ROW)).zip(d_x.chunks_exact_mut(ROW));
            for (((y, d_y), d_x), (exps, &sum)) in rows.zip(exps.chunks_exact(ROW).zip(sums)) {
                let scale = Fused::flush(Fused::recip(sum));
                for ((&y, &d), d_x) in y.iter().zip(d_y).zip(&mut *d_x) {
                    *d_x = times(d, -times(y, scale));
                }
                let d_sum = Fused::flush(tree(lanes(d_x, 0.0, |a, b| a + b), |a, b| a + b));
                for ((&exp, &d), d_x) in exps.iter().zip(d_y).zip(d_x) {
                    *d_x = times(plus(times(d, scale), d_sum), exp);
                }
            }
        });
    },
};

pub const ENERGY: ByHand = ByHand {
    forward: |to| {
        let Buffers { x, y, .. } = to;
        run!(move || {
            for (x, y) in x.chunks_exact(ROW).zip(y) {
                *y = Fused::flush(tree(lanes(x, 0.0, |sum, x| sum + times(x, x)), |a, b| a + b));
            }
        });
    },
    backward: |to| {
        let Buffers { x, d_y, d_x, .. } = to;
        run!(move || {
            for ((x, &d), d_x) in x.chunks_exact(ROW).zip(&*d_y).zip(d_x.chunks_exact_mut(ROW)) {
                x.iter().zip(d_x).for_each(|(&x, d_x)| *d_x = times(d, plus(x, x)));
            }
        });
    },
};
