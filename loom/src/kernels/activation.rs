//! Activations and their derivatives, on the CPU.

use super::{Threads, VECTOR, run_kernel};
use crate::numerics::arith::{Arith, Element};
use loom_ir::layers::Activation;

/// √(1/2π): the normal density at 0.
const NORMAL_DENSITY: f64 = 0.398_942_280_401_432_7;
/// √(2/π), the scale inside `GeluTanh`.
const GELU_SCALE: f64 = 0.797_884_560_802_865_4;
/// The cubic coefficient inside `GeluTanh`.
const GELU_CUBIC: f64 = 0.044_715;
/// Beyond this magnitude `GeluTanh`'s tanh is ±1, and its derivative 0, in every arithmetic.
const GELU_BOUND: f64 = 16.0;
/// Below this argument of `GeluTanh`'s tanh, 1 - tanh² would lose digits.
const GELU_TAIL: f64 = -2.0;

/// Multiply-adds that one value of a transcendental activation costs, for the choice of threads.
pub(crate) const COST: usize = 16;

/// [`apply_in_place`], compiled once.
pub(crate) fn apply<A: Arith>(activation: Activation, values: &mut [A::T]) {
    run_kernel!(A, move || apply_in_place::<A>(activation, values));
}

/// Replaces each x by flush(f(x)). The values are flushed already.
#[inline(always)]
pub(crate) fn apply_in_place<A: Arith>(activation: Activation, values: &mut [A::T]) {
    // The loops are written out, so that each is compiled for the instruction set.
    macro_rules! each {
        (|$x:ident| $result:expr) => {
            for value in values {
                let $x = *value;
                *value = $result;
            }
        };
    }
    match activation {
        Activation::Identity => {}
        Activation::Relu => each!(|x| if x < A::T::ZERO { A::T::ZERO } else { x }),
        Activation::LeakyRelu { slope } => {
            let slope = A::T::from_f32(slope);
            each!(|x| if x > A::T::ZERO { x } else { A::flush(x * slope) });
        }
        Activation::Sigmoid => each!(|x| A::sigmoid_of_flushed(x)),
        Activation::Tanh => each!(|x| A::tanh_of_flushed(x)),
        Activation::Silu => each!(|x| A::flush(x * A::sigmoid(x))),
        Activation::Gelu => each!(|x| A::flush(x * A::normal_distribution(x))),
        Activation::GeluTanh => each!(|x| A::flush(x * gelu_tanh_gate::<A>(x))),
    }
}

/// d_x = flush(d_y · f'), in place, where f' follows from x, or from y = f(x) for those that say so.
#[inline(always)]
pub(crate) fn differentiate_in_place<A: Arith>(activation: Activation, x: &[A::T], y: &[A::T], d: &mut [A::T]) {
    // As above.
    macro_rules! each {
        ($values:ident, |$d:ident, $v:ident| $result:expr) => {
            for (to, &$v) in d.iter_mut().zip($values) {
                let $d = *to;
                *to = A::flush($result);
            }
        };
    }
    match activation {
        Activation::Identity => {}
        Activation::Relu => each!(y, |d, y| if y > A::T::ZERO { d } else { A::T::ZERO }),
        Activation::LeakyRelu { slope } => {
            let slope = A::T::from_f32(slope);
            each!(y, |d, y| if y > A::T::ZERO { d } else { d * slope });
        }
        Activation::Sigmoid => each!(y, |d, y| d * A::mul_add(-y, y, y)),
        Activation::Tanh => each!(y, |d, y| d * A::mul_add(-y, y, A::T::ONE)),
        Activation::Silu => each!(x, |d, x| {
            let s = A::sigmoid(x);
            d * (s * A::mul_add(x, A::T::ONE - s, A::T::ONE))
        }),
        Activation::Gelu => each!(x, |d, x| {
            let density = A::exp(x * (x * A::T::from_f64(-0.5))) * A::T::from_f64(NORMAL_DENSITY);
            d * A::mul_add(x, density, A::normal_distribution(x))
        }),
        Activation::GeluTanh => each!(x, |d, x| d * gelu_tanh_derivative::<A>(x)),
    }
}

/// √(2/π) · (x + 0.044715 x³).
#[inline(always)]
fn gelu_inner<A: Arith>(x: A::T) -> A::T {
    let cubic = x * A::mul_add(A::T::from_f64(GELU_CUBIC) * x, x, A::T::ONE);
    cubic * A::T::from_f64(GELU_SCALE)
}

/// x within ±16; NaN stays.
#[inline(always)]
fn gelu_bounded<A: Arith>(x: A::T) -> A::T {
    let bound = A::T::from_f64(GELU_BOUND);
    let x = if x > bound { bound } else { x };
    if x < -bound { -bound } else { x }
}

/// (1 + tanh(..))/2.
#[inline(always)]
fn gelu_tanh_gate<A: Arith>(x: A::T) -> A::T {
    A::tanh_and_gate(gelu_inner::<A>(gelu_bounded::<A>(x)))[1]
}

/// g + x · (1 - t²) · √(2/π)/2 · (1 + 3 · 0.044715 x²) with t the inner tanh and g = (1 + t)/2; far below 0 the difference is
/// 2 g (1 - t), which keeps its digits where t is near -1.
#[inline(always)]
fn gelu_tanh_derivative<A: Arith>(x: A::T) -> A::T {
    let x = gelu_bounded::<A>(x);
    let inner = gelu_inner::<A>(x);
    let [t, gate] = A::tanh_and_gate(inner);
    let two = A::T::from_f64(2.0);
    let d_tanh =
        if inner < A::T::from_f64(GELU_TAIL) { two * gate * (A::T::ONE - t) } else { A::mul_add(-t, t, A::T::ONE) };
    let d_inner = A::mul_add(A::T::from_f64(1.5 * GELU_SCALE * GELU_CUBIC) * x, x, A::T::from_f64(0.5 * GELU_SCALE));
    A::mul_add(x, d_tanh * d_inner, gate)
}

/// Turns d_y into d_x in place over a whole buffer.
pub(crate) fn differentiate<A: Arith>(
    activation: Activation,
    threads: &Threads,
    x: &[A::T],
    y: &[A::T],
    d: &mut [A::T],
) {
    if activation == Activation::Identity {
        return;
    }
    threads.split_mut(d, VECTOR, VECTOR * COST, |first, d| {
        let part = first * VECTOR..first * VECTOR + d.len();
        // A fused activation has no x, and needs none.
        let x = if x.is_empty() { x } else { &x[part.clone()] };
        let y = &y[part];
        run_kernel!(A, move || differentiate_in_place::<A>(activation, x, y, d));
    });
}
