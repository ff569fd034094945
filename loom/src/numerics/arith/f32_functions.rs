//! The functions of [`Fused`] and [`Split`], written once over their `mul_add`.
//!
//! Only `mul_add`, `+`, `-`, `*`, conversions from `i32` to `f32`, and integer operations on bits compute a result, in an
//! order that `arith.wgsl` repeats. All special cases are decided by the argument alone, and chosen by selects of the
//! result's bits. The shaders compare the argument's bits as integers, so that no step depends on how a device treats NaN,
//! infinity, -0 or subnormals; processors agree on these, and compare floats faster. Polynomials are Remez fits made for
//! Loom (weighted minimax; each coefficient, from the lowest degree up, rounded to binary32 and the others fitted again);
//! they are listed from the highest degree down.

use super::{Arith, Fused, Split, trigonometry};
use core::fmt::Debug;

/// The one operation in which the arithmetics of binary32 differ.
pub trait Primitive: Copy + Debug + Send + Sync + 'static {
    /// See [`Arith::IS_FUSED`].
    const IS_FUSED: bool;
    /// `a * b + c`, rounded in this mode.
    fn mul_add(a: f32, b: f32, c: f32) -> f32;
}

impl Primitive for Fused {
    const IS_FUSED: bool = true;

    #[inline(always)]
    fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }
}

impl Primitive for Split {
    const IS_FUSED: bool = false;

    #[inline(always)]
    fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        a * b + c
    }
}

pub(super) const SIGN: u32 = 0x8000_0000;
const MAGNITUDE: u32 = 0x7fff_ffff;
const EXPONENT: u32 = 0x7f80_0000;
pub(super) const MIN_NORMAL: u32 = 0x0080_0000;
const ONE: u32 = 0x3f80_0000;
const TWO_POW_126: u32 = 0x7e80_0000;
pub(super) const INFINITY: u32 = 0x7f80_0000;
pub(super) const CANONICAL_NAN: u32 = 0x7fc0_0000;
/// Added to the bits of a normal number, doubles it.
const DOUBLE: u32 = 0x0080_0000;

const FLUSH: u32 = 0x2180_0000; // 2^-60
const FLUSH_SQUARE: u32 = 0x0d80_0000; // 2^-100

/// `if_true` or `if_false`: WGSL's `select`.
#[inline(always)]
pub(super) fn select(condition: bool, if_true: u32, if_false: u32) -> u32 {
    if condition { if_true } else { if_false }
}

#[inline(always)]
pub(super) fn magnitude(x: f32) -> u32 {
    x.to_bits() & MAGNITUDE
}

/// Whether |x| is less than the number with the bits `bound`; false for NaN.
#[inline(always)]
fn is_below(x: f32, bound: u32) -> bool {
    x.abs() < f32::from_bits(bound)
}

/// The number with these bits, or the canonical NaN where `x` is NaN.
#[inline(always)]
pub(super) fn number_unless_nan(x: f32, bits: u32) -> f32 {
    f32::from_bits(select(x.is_nan(), CANONICAL_NAN, bits))
}

/// +0 where the magnitude is below `threshold`, given by its bits, or `x` is -0, the canonical NaN where `x` is NaN, else `x`.
#[inline(always)]
fn flush_below(x: f32, threshold: u32) -> f32 {
    number_unless_nan(x, select(is_below(x, threshold), 0, x.to_bits()))
}

/// An integer that orders as -inf < ... < -0 < +0 < ... < inf < NaN, all NaNs alike.
#[inline(always)]
pub(crate) fn order_key(x: f32) -> i32 {
    let bits = number_unless_nan(x, x.to_bits()).to_bits() as i32;
    bits ^ (((bits >> 31) as u32) >> 1) as i32
}

/// Horner's rule, the highest degree first.
#[inline(always)]
pub(super) fn polynomial<P: Primitive, const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let mut sum = coefficients[0];
    for &c in &coefficients[1..] {
        sum = P::mul_add(sum, x, c);
    }
    sum
}

/// 1 / m for 1 <= m <= 2: the best linear guess (off by 1/17 at most), then y += y (1 - m y) three times.
#[inline(always)]
fn recip_unit<P: Primitive>(m: f32) -> f32 {
    let mut y = P::mul_add(m, -0.470_587_3, 1.411_764_7);
    for _ in 0..3 {
        let error = P::mul_add(-m, y, 1.0);
        y = P::mul_add(error, y, y);
    }
    y
}

/// 1 / (1 + t) for 0 <= t <= 1: that of the rounded sum, then y += y ((1 - y) - t y), free of it.
#[inline(always)]
fn recip_one_plus<P: Primitive>(t: f32) -> f32 {
    let y = recip_unit::<P>(1.0 + t);
    let error = P::mul_add(-t, y, 1.0 - y);
    P::mul_add(error, y, y)
}

/// 1 / sqrt(m) for 1 <= m < 4: an integer guess (off by 3.5 % at most), then y += y (1/2 - m/2 y^2), `STEPS` times.
///
/// The guess halves and negates the exponent, and the mantissa with it (Lomont, "Fast inverse square root", 2003).
#[inline(always)]
fn rsqrt_unit<P: Primitive, const STEPS: usize>(m: f32) -> f32 {
    let minus_half_m = -0.5 * m;
    let mut y = f32::from_bits(0x5f37_59df - (m.to_bits() >> 1));
    for _ in 0..STEPS {
        let error = P::mul_add(minus_half_m, y * y, 0.5);
        y = P::mul_add(y, error, y);
    }
    y
}

/// sqrt(m) for 1 <= m < 4: s = m / sqrt(m), then s += (m - s^2) / (2 sqrt(m)), which is the third step.
#[inline(always)]
fn sqrt_unit<P: Primitive>(m: f32) -> f32 {
    let y = rsqrt_unit::<P, 2>(m);
    let s = m * y;
    P::mul_add(P::mul_add(-s, s, m), 0.5 * y, s)
}

/// The exponent in place, of x = 4^n m with 1 <= m < 4: 2 n 2^23.
#[inline(always)]
fn even_exponent(bits: u32) -> u32 {
    bits.wrapping_sub(ONE) & 0xff00_0000
}

/// Half of an even exponent in place.
#[inline(always)]
fn half_exponent(exponent: u32) -> u32 {
    (exponent as i32 >> 1) as u32
}

/// ln 2 = `LN2_HIGH` + `LN2_LOW`. The high part has 15 bits, so that its product with an exponent is exact.
const LN2_HIGH: f32 = 0.693_145_75;
/// The low part times 2^-23: its factor is an exponent in place, n * 2^23. That the factor of the high part is another
/// number keeps drivers from folding the two products into n * (`LN2_HIGH` + `LN2_LOW`).
const LN2_LOW_IN_PLACE: f32 = 1.703_032e-13;

/// e^r for |r| <= ln(2)/2 + 2^-15, relative error 3.2e-9.
const EXP: [f32; 7] = [0.001_383_890_3, 0.008_369_192_5, 0.041_668_102, 0.166_665_17, 0.499_999_94, 1.0, 1.0];
/// The bits of the largest x with e^x < 2^128 and of the least with e^x >= 2^-126: 88.72283 and -87.33654.
const EXP_LAST: u32 = 0x42b1_7217;
const EXP_FIRST: u32 = 0xc2ae_ac4f;

/// The bits of e^x = 2^n e^r with n = floor(x log2(e) + 1/2), r = x - n ln 2, for x from `EXP_FIRST` to `EXP_LAST`.
///
/// From 512 to 1024 a number's whole part stands in its bits from 2^14 up: `whole` is n + 768, and its bits are those of
/// n in the exponent's place once shifted by 9. For other x the result has no meaning.
#[inline(always)]
fn exp_bits<P: Primitive>(x: f32) -> u32 {
    let whole = P::mul_add(x, core::f32::consts::LOG2_E, 768.5).to_bits() & 0xffff_c000;
    let n = f32::from_bits(whole) - 768.0;
    let exponent = (whole << 9) ^ SIGN;
    let r = P::mul_add(n, -LN2_HIGH, x);
    let r = P::mul_add(exponent as i32 as f32, -LN2_LOW_IN_PLACE, r);
    polynomial::<P, 7>(r, EXP).to_bits().wrapping_add(exponent)
}

/// (ln(1 + f) / f - 1) / f for |f| <= 1/3, error in ln(1 + f) 5.0e-9 of it.
const LOG: [f32; 9] = [
    -0.124_894_604,
    0.140_606_21,
    -0.122_732_624,
    0.139_896_93,
    -0.166_744_52,
    0.200_114_34,
    -0.249_999_2,
    0.333_331_97,
    -0.5,
];
const TWO_THIRDS: u32 = 0x3f2a_aaab;

/// ln x = n ln 2 + ln(1 + f) with x = 2^n (1 + f), |f| <= 1/3, ln(1 + f) = f + f (f p(f)), for normal x > 0.
#[inline(always)]
fn log_normal<P: Primitive>(bits: u32) -> f32 {
    let exponent = bits.wrapping_sub(TWO_THIRDS) & (SIGN | EXPONENT);
    let f = f32::from_bits(bits.wrapping_sub(exponent)) - 1.0;
    let exponent = exponent as i32;
    let low = P::mul_add(f * polynomial::<P, 9>(f, LOG), f, f);
    let low = P::mul_add(exponent as f32, LN2_LOW_IN_PLACE, low);
    P::mul_add((exponent >> 23) as f32, LN2_HIGH, low)
}

/// tanh(x) / x in x^2 for |x| <= 0.625, relative error 4.5e-9.
const TANH: [f32; 6] = [-0.005_692_296, 0.020_628_167, -0.053_736_515, 0.133_314_06, -0.333_332_8, 1.0];
const TANH_SMALL: u32 = 0x3f20_0000; // 0.625
/// 10: tanh is 1 from 9.02 on.
const TANH_LIMIT: u32 = 0x4120_0000;

/// -22: beyond it `GeluTanh` flushes to 0.
const TANH_TAIL_LAST: u32 = 0xc1b0_0000;
/// -2: below it (1 + tanh x) / 2 is computed without tanh, whose sum with 1 would lose digits.
const TANH_TAIL: u32 = 0xc000_0000;

/// The bits of tanh |x|: |x| p(x^2) for small x, else 1 - 2 t / (1 + t) with t = e^(-2 |x|); and t / (1 + t), which is
/// (1 - tanh |x|) / 2. That of |x| beyond `limit`, where tanh is 1, is that of `limit`.
#[inline(always)]
fn tanh_magnitude<P: Primitive>(x: f32, limit: u32) -> (u32, f32) {
    let a = magnitude(x).min(limit);
    let a_float = f32::from_bits(a);
    let small = a_float * polynomial::<P, 6>(a_float * a_float, TANH);
    let t = f32::from_bits(exp_bits::<P>(f32::from_bits((a + DOUBLE) | SIGN)));
    let recip = recip_one_plus::<P>(t);
    let large = P::mul_add(-2.0 * t, recip, 1.0);
    (select(is_below(x, TANH_SMALL), small.to_bits(), large.to_bits()), t * recip)
}

/// The bits of the least x whose sigmoid does not flush to 0: -41.58883.
const SIGMOID_FIRST: u32 = 0xc226_5af6;

/// 1 / (1 + t) for x >= 0, else t / (1 + t), with t = e^-|x|, and 0 below `first`.
#[inline(always)]
fn sigmoid_from<P: Primitive>(first: u32, x: f32) -> f32 {
    let minus_a = x.to_bits() | SIGN;
    let t = select(minus_a > first, 0, exp_bits::<P>(f32::from_bits(minus_a)));
    let t = f32::from_bits(t);
    let recip = recip_one_plus::<P>(t);
    let y = select(x.is_sign_negative(), (t * recip).to_bits(), recip.to_bits());
    number_unless_nan(x, y)
}

/// erf(x) / x - 1 in x^2 for |x| <= 0.84375, error 6.2e-9 of erf(x) / x.
const ERF: [f32; 6] = [-0.000_637_496_4, 0.005_061_881_6, -0.026_809_536, 0.112_829_12, -0.376_125_93, 0.128_379_17];
/// ln(1 - erf(x)) for 0.84375 <= x <= 4, error in erf(x) 2.2e-9 of it.
const LOG_ERFC: [f32; 7] =
    [0.000_204_335_33, -0.003_124_079_4, 0.022_542_896, -0.104_573_3, -0.636_467_4, -1.128_090_1, -9.782_932e-5];
const ERF_SMALL: u32 = 0x3f58_0000; // 0.84375
/// 4: erf is 1 from 3.84 on.
const ERF_LIMIT: u32 = 0x4080_0000;

/// ln Φ(-t) in t - 4 for 2 <= t <= 9.1, error 2.8e-7 times the root of its magnitude, and so 1.9e-6 at most.
const LOG_NORMAL_TAIL: [f32; 9] = [
    3.177_607e-8,
    -6.658_799_5e-7,
    6.831_670_4e-6,
    -5.323_643_6e-5,
    0.000_395_911,
    -0.002_973_011,
    -0.476_663_65,
    -4.225_609_3,
    -10.360_102,
];
/// -2: below it Φ is computed without erf, whose sum with 1 would lose digits.
const NORMAL_TAIL: u32 = 0xc000_0000;
/// -9.0625: beyond it `Gelu` flushes to 0.
const NORMAL_TAIL_LAST: u32 = 0xc111_0000;

/// The sign of `x` on these bits of a magnitude, which is 0 for subnormal `x`, and NaN for NaN: an odd function's end.
#[inline(always)]
fn odd(x: f32, bits: u32) -> f32 {
    let bits = select(is_below(x, MIN_NORMAL), 0, bits);
    number_unless_nan(x, bits | (x.to_bits() & SIGN))
}

impl<P: Primitive> Arith for P {
    type T = f32;
    const IS_FUSED: bool = P::IS_FUSED;

    #[inline(always)]
    fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        <P as Primitive>::mul_add(a, b, c)
    }

    #[inline(always)]
    fn flush(x: f32) -> f32 {
        flush_below(x, FLUSH)
    }

    #[inline(always)]
    fn flush_square(x: f32) -> f32 {
        flush_below(x, FLUSH_SQUARE)
    }

    #[inline(always)]
    fn orders_after(a: f32, b: f32) -> bool {
        order_key(a) > order_key(b)
    }

    /// 1 / (2^n m) = 2^-n (1 / m) with 1 <= m < 2.
    #[inline(always)]
    fn recip(x: f32) -> f32 {
        let magnitude = magnitude(x);
        let exponent = (magnitude & EXPONENT).wrapping_sub(ONE);
        let y = recip_unit::<P>(f32::from_bits(magnitude.wrapping_sub(exponent)));
        let bits = y.to_bits().wrapping_sub(exponent);
        let bits = select(x.abs() > f32::from_bits(TWO_POW_126), 0, bits);
        let bits = select(is_below(x, MIN_NORMAL), INFINITY, bits);
        number_unless_nan(x, bits | (x.to_bits() & SIGN))
    }

    /// 1 / sqrt(4^n m) = 2^-n (1 / sqrt(m)) with 1 <= m < 4.
    #[inline(always)]
    fn rsqrt(x: f32) -> f32 {
        let bits = x.to_bits();
        let exponent = even_exponent(bits);
        let y = rsqrt_unit::<P, 3>(f32::from_bits(bits.wrapping_sub(exponent)));
        let y = y.to_bits().wrapping_sub(half_exponent(exponent));
        let y = select(bits == INFINITY, 0, y);
        let y = select(x >= 0.0, y, CANONICAL_NAN);
        f32::from_bits(select(is_below(x, MIN_NORMAL), INFINITY, y))
    }

    /// sqrt(4^n m) = 2^n sqrt(m) with 1 <= m < 4.
    #[inline(always)]
    fn sqrt(x: f32) -> f32 {
        let bits = x.to_bits();
        let exponent = even_exponent(bits);
        let y = sqrt_unit::<P>(f32::from_bits(bits.wrapping_sub(exponent)));
        let y = y.to_bits().wrapping_add(half_exponent(exponent));
        let y = select(bits == INFINITY, INFINITY, y);
        let y = select(x >= 0.0, y, CANONICAL_NAN);
        f32::from_bits(select(is_below(x, MIN_NORMAL), 0, y))
    }

    #[inline(always)]
    fn exp(x: f32) -> f32 {
        let y = exp_bits::<P>(x);
        let y = select(x > f32::from_bits(EXP_LAST), INFINITY, y);
        let y = select(x < f32::from_bits(EXP_FIRST), 0, y);
        number_unless_nan(x, y)
    }

    #[inline(always)]
    fn log(x: f32) -> f32 {
        let bits = x.to_bits();
        let y = log_normal::<P>(bits).to_bits();
        let y = select(bits == INFINITY, INFINITY, y);
        let y = select(x >= 0.0, y, CANONICAL_NAN);
        f32::from_bits(select(is_below(x, MIN_NORMAL), INFINITY | SIGN, y))
    }

    #[inline(always)]
    fn tanh(x: f32) -> f32 {
        odd(x, tanh_magnitude::<P>(x, TANH_LIMIT).0)
    }

    /// Such an x is 0, or so large that its tanh is not less than what flushes to 0.
    #[inline(always)]
    fn tanh_of_flushed(x: f32) -> f32 {
        number_unless_nan(x, tanh_magnitude::<P>(x, TANH_LIMIT).0 | (x.to_bits() & SIGN))
    }

    #[inline(always)]
    fn tanh_and_gate(x: f32) -> [f32; 2] {
        let (tanh, tail) = tanh_magnitude::<P>(x, TANH_TAIL_LAST & MAGNITUDE);
        let tanh = number_unless_nan(x, tanh | (x.to_bits() & SIGN));
        let gate = P::mul_add(0.5, tanh, 0.5).to_bits();
        let gate = select(x < f32::from_bits(TANH_TAIL), tail.to_bits(), gate);
        [tanh, number_unless_nan(x, select(x < f32::from_bits(TANH_TAIL_LAST), 0, gate))]
    }

    #[inline(always)]
    fn sigmoid(x: f32) -> f32 {
        sigmoid_from::<P>(EXP_FIRST, x)
    }

    #[inline(always)]
    fn sigmoid_of_flushed(x: f32) -> f32 {
        sigmoid_from::<P>(SIGMOID_FIRST, x)
    }

    /// x + x p(x^2) for small x, else 1 - e^q(|x|), and the sign of x.
    ///
    /// The sum is computed for 16 x, so that no product is subnormal.
    #[inline(always)]
    fn erf(x: f32) -> f32 {
        let a = magnitude(x).min(ERF_LIMIT);
        let a_float = f32::from_bits(a);
        let a_16 = f32::from_bits(a + 4 * DOUBLE);
        let small = P::mul_add(a_16, polynomial::<P, 6>(a_float * a_float, ERF), a_16);
        let small = small.to_bits().wrapping_sub(4 * DOUBLE);
        let log_erfc = polynomial::<P, 7>(a_float, LOG_ERFC);
        let large = 1.0 - f32::from_bits(exp_bits::<P>(log_erfc));
        odd(x, select(is_below(x, ERF_SMALL), small, large.to_bits()))
    }

    #[inline(always)]
    fn sin(x: f32) -> f32 {
        trigonometry::sin::<P, false>(x)
    }

    #[inline(always)]
    fn sin_of_near(x: f32) -> f32 {
        trigonometry::sin::<P, true>(x)
    }

    #[inline(always)]
    fn cos(x: f32) -> f32 {
        trigonometry::cos::<P, false>(x)
    }

    #[inline(always)]
    fn cos_of_near(x: f32) -> f32 {
        trigonometry::cos::<P, true>(x)
    }

    /// (1 + erf(x / √2)) / 2, and below -2 e^q(|x|); one exponential for both.
    ///
    /// erf's sum needs no scaling here, since no product of flushed numbers is subnormal.
    #[inline(always)]
    fn normal_distribution(x: f32) -> f32 {
        let is_tail = x < f32::from_bits(NORMAL_TAIL);
        let z = x * core::f32::consts::FRAC_1_SQRT_2;
        let a = f32::from_bits(magnitude(z).min(ERF_LIMIT));
        let small = P::mul_add(a, polynomial::<P, 6>(a * a, ERF), a);
        let log_erfc = polynomial::<P, 7>(a, LOG_ERFC).to_bits();
        let log_tail = polynomial::<P, 9>(x.abs() - 4.0, LOG_NORMAL_TAIL).to_bits();
        let exp = f32::from_bits(exp_bits::<P>(f32::from_bits(select(is_tail, log_tail, log_erfc))));
        let erf = select(is_below(z, ERF_SMALL), small.to_bits(), (1.0 - exp).to_bits()) | (x.to_bits() & SIGN);
        let centre = P::mul_add(0.5, f32::from_bits(erf), 0.5);
        let y = select(is_tail, exp.to_bits(), centre.to_bits());
        number_unless_nan(x, select(x < f32::from_bits(NORMAL_TAIL_LAST), 0, y))
    }
}
