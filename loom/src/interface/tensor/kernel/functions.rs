//! Functions of each value, and operations of two.

use crate::kernels::activation::apply_in_place;
use crate::kernels::{Threads, VECTOR, run_kernel};
use crate::layers::Activation;
use crate::numerics::arith::{Arith, Fused};
use crate::numerics::environment::in_default_environment;

/// Multiply-adds that a function of one value costs, for the choice of threads.
const COST: usize = 16;

/// A function of each value.
#[derive(Debug, Clone, Copy)]
pub(in crate::interface::tensor) enum Unary {
    /// scale · x + offset, rounded once.
    Affine {
        scale: f32,
        offset: f32,
    },
    /// c / x, as c · recip(x).
    Over(f32),
    Abs,
    Exp,
    Log,
    Sqrt,
    Powi(i32),
    Activation(Activation),
}

/// An operation of two values.
#[derive(Debug, Clone, Copy)]
pub(in crate::interface::tensor) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
}

impl Binary {
    /// x op `number`.
    pub(in crate::interface::tensor) fn by(self, number: f32) -> Unary {
        match self {
            Binary::Add => Unary::Affine { scale: 1.0, offset: number },
            Binary::Sub => Unary::Affine { scale: 1.0, offset: -number },
            Binary::Mul => Unary::Affine { scale: number, offset: 0.0 },
            Binary::Div => Unary::Affine { scale: in_default_environment(|| Fused::recip(number)), offset: 0.0 },
        }
    }

    /// `number` op x.
    pub(in crate::interface::tensor) fn of(self, number: f32) -> Unary {
        match self {
            Binary::Add | Binary::Mul => self.by(number),
            Binary::Sub => Unary::Affine { scale: -1.0, offset: number },
            Binary::Div => Unary::Over(number),
        }
    }
}

/// x = f(x).
pub(in crate::interface::tensor) fn apply(threads: &Threads, function: Unary, values: &mut [f32]) {
    in_default_environment(|| {
        threads.split_mut(values, VECTOR, VECTOR * COST, |_, values| apply_part(function, values));
    });
}

fn apply_part(function: Unary, values: &mut [f32]) {
    run_kernel!(Fused, move || {
        let map = |values: &mut [f32], f: fn(f32) -> f32| values.iter_mut().for_each(|x| *x = Fused::flush(f(*x)));
        match function {
            Unary::Affine { scale, offset } => {
                values.iter_mut().for_each(|x| *x = Fused::flush(Fused::mul_add(*x, scale, offset)));
            }
            Unary::Over(number) => values.iter_mut().for_each(|x| *x = Fused::flush(number * Fused::recip(*x))),
            Unary::Abs => map(values, f32::abs),
            Unary::Exp => map(values, Fused::exp),
            Unary::Log => map(values, Fused::log),
            Unary::Sqrt => map(values, Fused::sqrt),
            Unary::Powi(n) => values.iter_mut().for_each(|x| *x = powi(*x, n)),
            Unary::Activation(activation) => {
                // It takes flushed values, and what was written to a tensor's slice may not be flushed.
                map(values, |x| x);
                apply_in_place::<Fused>(activation, values);
            }
        }
    });
}

/// x^n, every product flushed.
#[inline(always)]
fn powi(x: f32, n: i32) -> f32 {
    let (mut power, mut square, mut bits) = (1.0, x, n.unsigned_abs());
    while bits > 0 {
        if bits & 1 == 1 {
            power = Fused::flush(power * square);
        }
        bits >>= 1;
        if bits > 0 {
            square = Fused::flush(square * square);
        }
    }
    if n < 0 { Fused::flush(Fused::recip(power)) } else { power }
}

/// x = x op y, where y is as long as x or as a row of it, and combined with every row.
pub(in crate::interface::tensor) fn combine(threads: &Threads, operation: Binary, x: &mut [f32], y: &[f32]) {
    in_default_environment(|| {
        if x.len() == y.len() {
            threads.split_mut(x, VECTOR, VECTOR, |first, x| {
                let y = &y[first * VECTOR..][..x.len()];
                combine_part(operation, x, y);
            });
        } else {
            threads.split_mut(x, y.len(), y.len(), |_, x| combine_part(operation, x, y));
        }
    });
}

fn combine_part(operation: Binary, x: &mut [f32], y: &[f32]) {
    run_kernel!(Fused, move || {
        let each = |x: &mut [f32], f: fn(f32, f32) -> f32| {
            for row in x.chunks_exact_mut(y.len()) {
                row.iter_mut().zip(y).for_each(|(x, &y)| *x = Fused::flush(f(*x, y)));
            }
        };
        match operation {
            Binary::Add => each(x, |x, y| x + y),
            Binary::Sub => each(x, |x, y| x - y),
            Binary::Mul => each(x, |x, y| x * y),
            Binary::Div => each(x, |x, y| x * Fused::recip(y)),
        }
    });
}
