//! The functions of [`Binary64`]: the `libm` crate's, which compute the same on every platform.

use super::{Arith, Binary64};

impl Arith for Binary64 {
    type T = f64;

    #[inline(always)]
    fn mul_add(a: f64, b: f64, c: f64) -> f64 {
        a.mul_add(b, c)
    }

    /// -0 becomes +0, which is no greater elsewhere. Nothing else changes: a gradient check needs differences of tiny numbers.
    #[inline(always)]
    fn flush(x: f64) -> f64 {
        x + 0.0
    }

    /// The identity.
    #[inline(always)]
    fn flush_square(x: f64) -> f64 {
        x
    }

    #[inline(always)]
    fn orders_after(a: f64, b: f64) -> bool {
        let canonical = |x: f64| if x.is_nan() { f64::NAN } else { x };
        canonical(a).total_cmp(&canonical(b)).is_gt()
    }

    #[inline(always)]
    fn recip(x: f64) -> f64 {
        1.0 / x
    }

    #[inline(always)]
    fn rsqrt(x: f64) -> f64 {
        1.0 / libm::sqrt(x)
    }

    #[inline(always)]
    fn sqrt(x: f64) -> f64 {
        libm::sqrt(x)
    }

    #[inline(always)]
    fn exp(x: f64) -> f64 {
        libm::exp(x)
    }

    #[inline(always)]
    fn log(x: f64) -> f64 {
        libm::log(x)
    }

    #[inline(always)]
    fn sin(x: f64) -> f64 {
        libm::sin(x)
    }

    #[inline(always)]
    fn cos(x: f64) -> f64 {
        libm::cos(x)
    }

    #[inline(always)]
    fn tanh(x: f64) -> f64 {
        libm::tanh(x)
    }

    /// 1 / (1 + t) for x >= 0, else t / (1 + t), with t = e^-|x|.
    #[inline(always)]
    fn sigmoid(x: f64) -> f64 {
        let t = libm::exp(-x.abs());
        let numerator = if x < 0.0 { t } else { 1.0 };
        numerator / (1.0 + t)
    }

    #[inline(always)]
    fn tanh_and_gate(x: f64) -> [f64; 2] {
        [libm::tanh(x), Self::sigmoid(2.0 * x)]
    }

    #[inline(always)]
    fn erf(x: f64) -> f64 {
        libm::erf(x)
    }

    #[inline(always)]
    fn normal_distribution(x: f64) -> f64 {
        0.5 * libm::erfc(-x * core::f64::consts::FRAC_1_SQRT_2)
    }
}
