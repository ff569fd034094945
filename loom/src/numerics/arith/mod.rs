//! Loom arithmetic: the operations that every back end computes to the same bits.
//!
//! IEEE-754 binary32, rounded to nearest even, built from one primitive, [`Arith::mul_add`], with `+`, `-`, `*` and
//! integer operations on bits. Kernels are written once over [`Arith`]; the three implementations differ in the
//! primitive's rounding alone:
//!
//! | | `mul_add(a, b, c)` | who computes so |
//! |---|---|---|
//! | [`Fused`] | `a * b + c`, rounded once | CPUs with FMA, GPUs; the default |
//! | [`Split`] | the product rounded, then the sum rounded | software Vulkan drivers |
//! | [`Binary64`] | in binary64 | gradient checks |
//!
//! Networks, tensors and optimizers compute so whatever rounding mode, flushing or traps their caller's thread has set. The
//! functions of this module are too small to look: they compute in the thread's own mode.
//!
//! # Special values
//!
//! A subnormal argument counts as the zero of its sign, and a result below 2^-126 is zero, because some GPUs flush both.
//! In [`Fused`] and [`Split`], a NaN argument gives the canonical NaN, 0x7fc00000, whatever its sign and payload, and:
//!
//! | | +0 | -0 | 1 | inf | -inf | elsewhere |
//! |---|---|---|---|---|---|---|
//! | `recip` | inf | -inf | 1 | +0 | -0 | 0 of x's sign for \|x\| > 2^126 |
//! | `rsqrt` | inf | inf | 1 | +0 | NaN | NaN for x < 0 |
//! | `sqrt` | +0 | +0 | 1 | inf | NaN | NaN for x < 0 |
//! | `exp` | 1 | 1 | | inf | +0 | inf for x > 88.72283, +0 for x < -87.33654 |
//! | `log` | -inf | -inf | +0 | inf | NaN | NaN for x < 0 |
//! | `tanh` | +0 | -0 | | 1 | -1 | odd to the bit |
//! | `sigmoid` | 1/2 | 1/2 | | 1 | +0 | +0 for x < -87.33654 |
//! | `erf` | +0 | -0 | | 1 | -1 | odd to the bit |
//! | `sin` | +0 | -0 | | NaN | NaN | odd to the bit |
//! | `cos` | 1 | 1 | | NaN | NaN | even to the bit |
//! | `flush` | +0 | +0 | 1 | inf | -inf | +0 for \|x\| < 2^-60; 2^-100 in `flush_square` |
//!
//! The errors that [`Arith`] states are the greatest over all 2^32 arguments, measured against binary64 and rounded up,
//! in units in the last place (ulp) of the exact result. A correctly rounded result has 0.5.
//!
//! `+`, `-`, `*` and `mul_add` agree on every device where neither operands nor results (in [`Split`], nor the product)
//! are NaN or subnormal: `flush` on everything stored is what keeps kernels there.
//!
//! # Why 2^-60
//!
//! Processors keep subnormal numbers and GPUs flush them. With 2^-60, a product of two stored values is 0 or at least 2^-120. So
//! a subnormal number can arise only where a sum cancels, down to less than 2^-126. Whether it is kept or flushed can change a
//! later partial sum only while that sum is below 2^-102: any larger binary32 absorbs it without a change, ties included, since
//! its last bit weighs more than 2^-126. A sum that stays below 2^-102 becomes +0 in `flush` either way. Squared quantities
//! (norms, the moments of Adam and RMSprop) use 2^-100 instead.
//!
//! Some functions need no `flush` of their own. Where the argument is flushed, `tanh` has nothing to flush, and `sigmoid` is
//! flushed by another bound of its argument (`tanh_of_flushed`, `sigmoid_of_flushed`). The reciprocal of a deviation is not
//! flushed: no variance has one below 2^-64.

use bytemuck::Pod;
use core::fmt::Debug;
use core::ops::{Add, Mul, Neg, Sub};

mod f32_functions;
mod f64_functions;
mod trigonometry;

#[cfg(feature = "gpu")]
pub(crate) use f32_functions::order_key;

/// An element that kernels compute with: `f32`, or `f64` for gradient checks.
pub trait Element:
    Pod
    + Debug
    + PartialOrd
    + Default
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
{
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// The element nearest to `x`.
    fn from_f64(x: f64) -> Self;
    /// The element equal to `x`.
    fn from_f32(x: f32) -> Self;
    /// `self` in binary64, exactly.
    fn to_f64(self) -> f64;
    /// `self` with its sign bit cleared.
    fn abs(self) -> Self;
}

macro_rules! element {
    ($($t:ty),*) => {$(
        impl Element for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            #[inline(always)]
            fn from_f64(x: f64) -> Self { x as $t }
            #[inline(always)]
            fn from_f32(x: f32) -> Self { x as $t }
            #[inline(always)]
            fn to_f64(self) -> f64 { self as f64 }
            #[inline(always)]
            fn abs(self) -> Self { <$t>::abs(self) }
        }
    )*};
}
element!(f32, f64);

/// The arithmetic of a kernel. See the module's documentation.
pub trait Arith: Copy + Debug + Send + Sync + 'static {
    /// What is stored and computed with.
    type T: Element;
    /// Whether this is [`Fused`], which processors have vectors for.
    const IS_FUSED: bool = false;

    /// `a * b + c` in this arithmetic's rounding.
    fn mul_add(a: Self::T, b: Self::T, c: Self::T) -> Self::T;
    /// Flush to zero and canonical NaN, of every value that a kernel stores: a magnitude below 2^-60, and -0, become +0; NaN becomes
    /// one bit pattern.
    fn flush(x: Self::T) -> Self::T;
    /// [`flush`](Self::flush) for squared quantities, with the threshold at 2^-100.
    fn flush_square(x: Self::T) -> Self::T;
    /// Whether `a` orders after `b` in -inf < ... < -0 < +0 < ... < inf < NaN, all NaNs alike: the comparison of
    /// max-pooling and arg-max.
    fn orders_after(a: Self::T, b: Self::T) -> bool;
    /// 1 / x, within 0.51 ulp in [`Fused`], 1.15 in [`Split`].
    fn recip(x: Self::T) -> Self::T;
    /// 1 / sqrt(x), within 0.86 ulp in [`Fused`], 1.03 in [`Split`].
    fn rsqrt(x: Self::T) -> Self::T;
    /// [`rsqrt`](Self::rsqrt) of a variance, which a layer divides by: NaN where the variance is infinite, so that what is beyond
    /// binary32 is seen, and not a row of zeros. Not flushed: a deviation beyond 2^60 has a reciprocal below 2^-60, but no variance
    /// one below 2^-64.
    #[inline(always)]
    fn rsqrt_of_variance(x: Self::T) -> Self::T {
        let y = Self::rsqrt(x);
        if y == Self::T::ZERO { Self::T::from_f32(f32::NAN) } else { y }
    }
    /// The square root of x, within 0.51 ulp in [`Fused`], 0.85 in [`Split`].
    fn sqrt(x: Self::T) -> Self::T;
    /// e^x, within 0.90 ulp in [`Fused`], 1.17 in [`Split`].
    fn exp(x: Self::T) -> Self::T;
    /// The natural logarithm of x, within 0.93 ulp in [`Fused`], 0.93 in [`Split`].
    fn log(x: Self::T) -> Self::T;
    /// The hyperbolic tangent of x, within 1.25 ulp in [`Fused`], 1.41 in [`Split`].
    fn tanh(x: Self::T) -> Self::T;
    /// 1 / (1 + e^-x), within 1.96 ulp in [`Fused`], 2.02 in [`Split`].
    fn sigmoid(x: Self::T) -> Self::T;
    /// `flush(tanh(x))` of a flushed x, in fewer steps.
    #[inline(always)]
    fn tanh_of_flushed(x: Self::T) -> Self::T {
        Self::flush(Self::tanh(x))
    }
    /// `flush(sigmoid(x))` of a flushed x, in fewer steps.
    #[inline(always)]
    fn sigmoid_of_flushed(x: Self::T) -> Self::T {
        Self::flush(Self::sigmoid(x))
    }
    /// tanh(x) and (1 + tanh(x)) / 2 of a flushed x. The second keeps its digits far below 0: below -2 it is within 4e-7 of its
    /// exact value, and below -22 it is 0.
    fn tanh_and_gate(x: Self::T) -> [Self::T; 2];
    /// The error function of x, within 1.12 ulp in [`Fused`], 1.41 in [`Split`].
    fn erf(x: Self::T) -> Self::T;
    /// The sine of x, within 1.58 ulp in [`Fused`], 1.58 in [`Split`].
    fn sin(x: Self::T) -> Self::T;
    /// The cosine of x, within 1.58 ulp in [`Fused`], 1.59 in [`Split`].
    fn cos(x: Self::T) -> Self::T;
    /// `sin(x)` of |x| < 2^31, in fewer steps.
    #[inline(always)]
    fn sin_of_near(x: Self::T) -> Self::T {
        Self::sin(x)
    }
    /// `cos(x)` of |x| < 2^31, in fewer steps.
    #[inline(always)]
    fn cos_of_near(x: Self::T) -> Self::T {
        Self::cos(x)
    }
    /// Φ(x) = (1 + erf(x / √2)) / 2 of a flushed x, the distribution function of the normal distribution. It keeps its digits far
    /// below 0: below -2 it is within 6e-6 of its exact value in [`Fused`], 9e-6 in [`Split`], and below -9.0625 it is 0.
    fn normal_distribution(x: Self::T) -> Self::T;
}

/// binary32 with a fused multiply-add, as hardware does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fused;

/// binary32 with the product and the sum rounded one after the other, as software GPU drivers do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split;

/// binary64, for gradient checks. Its functions are the platform-independent ones of the `libm` crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binary64;
