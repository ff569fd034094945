//! The reference of the probe: what `probe.wgsl` computes, on the CPU.

use crate::kernels::run_kernel;
use crate::numerics::arith::{Arith, order_key};

/// The number of terms of a sum of products.
pub(super) const TERMS: usize = 128;

/// Writes a kernel: its expressions' names, and a function for the bits of each expression over all arguments.
macro_rules! reference {
    ($kernel:ident, $names:ident, $x:pat_param in $argument:ty; $($name:literal => $bits:expr,)*) => {
        pub(super) const $names: &[&str] = &[$($name),*];

        pub(super) fn $kernel<A: Arith<T = f32>>(arguments: &[$argument]) -> Vec<u32> {
            #[allow(unused_variables, reason = "not every formula takes all arguments")]
            let bits = run_kernel!(A, move || {
                let mut bits = Vec::with_capacity($names.len() * arguments.len());
                $(for &$x in arguments {
                    bits.push($bits);
                })*
                bits
            });
            bits
        }
    };
}

reference! {
    functions, FUNCTIONS, x in f32;
    "recip" => A::recip(x).to_bits(),
    "rsqrt" => A::rsqrt(x).to_bits(),
    "sqrt" => A::sqrt(x).to_bits(),
    "exp" => A::exp(x).to_bits(),
    "log" => A::log(x).to_bits(),
    "tanh" => A::tanh(x).to_bits(),
    "sigmoid" => A::sigmoid(x).to_bits(),
    "erf" => A::erf(x).to_bits(),
    "flush" => A::flush(x).to_bits(),
    "flush_square" => A::flush_square(x).to_bits(),
    "tanh_and_gate, tanh" => A::tanh_and_gate(A::flush(x))[0].to_bits(),
    "tanh_and_gate, gate" => A::tanh_and_gate(A::flush(x))[1].to_bits(),
    "normal_distribution" => A::normal_distribution(A::flush(x)).to_bits(),
    "sin" => A::sin(x).to_bits(),
    "cos" => A::cos(x).to_bits(),
    "order_key" => order_key(x) as u32,
}

reference! {
    formulas, FORMULAS, [a, b, c, d, e] in [f32; 5];
    "fma(a, b, c)" => A::mul_add(a, b, c).to_bits(),
    "a + b" => (a + b).to_bits(),
    "a - b" => (a - b).to_bits(),
    "a * b" => (a * b).to_bits(),
    "fma(-a, b * c, d * e)" => A::mul_add(-a, b * c, d * e).to_bits(),
    "fma(a, b - c, c)" => A::mul_add(a, b - c, c).to_bits(),
    "fma(a, fma(b, b, -c), c)" => A::mul_add(a, A::mul_add(b, b, -c), c).to_bits(),
    "fma(a * b, b, fma(-a, c, c))" => A::mul_add(a * b, b, A::mul_add(-a, c, c)).to_bits(),
    "fma(sqrt(e), b, c)" => A::mul_add(A::sqrt(e), b, c).to_bits(),
    "a * recip(sqrt(e) + c)" => (a * A::recip(A::sqrt(e) + c)).to_bits(),
    "a * fma(-b, b, 1)" => (a * A::mul_add(-b, b, 1.0)).to_bits(),
    "a * (b * fma(c, 1 - b, 1))" => (a * (b * A::mul_add(c, 1.0 - b, 1.0))).to_bits(),
    "a * (a * -0.5)" => (a * (a * -0.5)).to_bits(),
    "fma(a, b * 0.3989423, c)" => A::mul_add(a, b * 0.398_942_3, c).to_bits(),
    "a * fma(0.044715 * a, a, 1)" => (a * A::mul_add(0.044_715 * a, a, 1.0)).to_bits(),
    "fma(0.053516112 * a, a, 0.3989423)" => A::mul_add(0.053_516_112 * a, a, 0.398_942_3).to_bits(),
    "fma(a, b * c, fma(0.5, d, 0.5))" => A::mul_add(a, b * c, A::mul_add(0.5, d, 0.5)).to_bits(),
    "fma(a, b, fma(c, d, e))" => A::mul_add(a, b, A::mul_add(c, d, e)).to_bits(),
    "fma(fma(a, b, c), d, e)" => A::mul_add(A::mul_add(a, b, c), d, e).to_bits(),
}

/// The first formulas are single operations.
pub(super) const OPERATIONS: usize = 4;

pub(super) const SUMS: &[&str] = &["a flushed sum of 128 products"];

/// The flushed sum of each `TERMS` products of left and right factors.
pub(super) fn sums<A: Arith<T = f32>>(left: &[f32], right: &[f32]) -> Vec<u32> {
    run_kernel!(A, move || {
        let mut bits = Vec::with_capacity(left.len() / TERMS);
        for (left, right) in left.chunks_exact(TERMS).zip(right.chunks_exact(TERMS)) {
            let mut sum = 0.0;
            for (&a, &b) in left.iter().zip(right) {
                sum = A::mul_add(a, b, sum);
            }
            bits.push(A::flush(sum).to_bits());
        }
        bits
    })
}
