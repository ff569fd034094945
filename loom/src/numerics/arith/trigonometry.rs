//! Sine and cosine of binary32 numbers of any size.
//!
//! The argument is reduced to a quarter turn by exact integer arithmetic (Payne and Hanek, "Radian reduction for trigonometric
//! functions", ACM SIGNUM Newsletter 18 (1983)), which is the same in every mode and on every device.

use super::f32_functions::{
    CANONICAL_NAN, INFINITY, MIN_NORMAL, Primitive, SIGN, magnitude, number_unless_nan, polynomial, select,
};

/// (sin(r) / r - 1) / r^2 in r^2 for |r| <= pi/4, error in sin(r) 4.0e-9 of it.
const SIN: [f32; 3] = [-0.000_195_182_86, 0.008_332_189, -0.166_666_55];
/// (cos(r) - 1 + r^2 / 2) / r^4 in r^2 for |r| <= pi/4, error in cos(r) 1.2e-10 of it.
const COS: [f32; 3] = [2.443_232_7e-5, -0.001_388_731, 0.041_666_646];

/// pi/4: up to it, no turn is taken away.
const QUARTER_PI: u32 = 0x3f49_0fdb;

/// The bits of 2/pi, from 2^1 down.
const TWO_OVER_PI: [u32; 6] = [0x28be_60db, 0x9391_054a, 0x7f09_d5f4, 0x7d4d_3770, 0x36d8_a566, 0x4f10_e410];

/// pi/2 times 2^31.
const HALF_PI: u32 = 0xc90f_daa2;

/// The upper half of a product.
#[inline(always)]
fn high_product(a: u32, b: u32) -> u32 {
    ((u64::from(a) * u64::from(b)) >> 32) as u32
}

/// A number's quarter turn, and what is left.
struct Angle {
    /// Modulo 4, in the last two bits.
    quarter: u32,
    /// From -pi/4 to pi/4, rounded to nearest.
    rest: f32,
}

/// The angle of the finite number with these bits, which is positive, and where `NEAR` below 2^31: then the words of 2/pi are the first.
#[inline(always)]
fn angle<const NEAR: bool>(bits: u32) -> Angle {
    // Of the words of 2/pi, those that reach from 4 quarter turns down to 2^-62 of a quarter turn in the product with the number's digits.
    let exponent = (bits >> 23).wrapping_sub(126);
    let (first, shift) = (if NEAR { 0 } else { exponent >> 5 }, exponent & 31);
    let word = |k: u32| {
        let number = first.wrapping_add(k);
        TWO_OVER_PI.iter().enumerate().fold(0, |word, (i, &own)| select(number == i as u32 + 1, own, word))
    };
    let shifted = |k: u32| (word(k) << shift) | ((word(k + 1) >> 1) >> (31 - shift));
    let digits = (bits << 8) | SIGN;
    let middle = digits.wrapping_mul(shifted(1));
    let low = middle.wrapping_add(high_product(digits, shifted(2)));
    let carry = u32::from(low < middle);
    let high = digits.wrapping_mul(shifted(0)).wrapping_add(high_product(digits, shifted(1))).wrapping_add(carry);

    // The nearest quarter turn, and the distance to it: 62 bits behind the point.
    let is_above = high & 0x2000_0000 != 0;
    let quarter = (high >> 30).wrapping_add(u32::from(is_above));
    let flip = select(is_above, u32::MAX, 0);
    let (high, low) = ((high ^ flip) & 0x3fff_ffff, low ^ flip);

    // Times pi/2. For a number beyond pi/4, `high` is not 0: none is that near to a quarter turn.
    let zeros = high.leading_zeros() & 31;
    let mantissa = high_product((high << zeros) | ((low >> 1) >> (31 - zeros)), HALF_PI);
    let is_short = u32::from(mantissa & SIGN == 0);
    let mantissa = mantissa << is_short;
    let rounded = (mantissa >> 8) + (mantissa >> 7 & 1);
    let scale = zeros.wrapping_add(is_short).wrapping_add(21) << 23;
    let rest = (rounded as i32 as f32).to_bits().wrapping_sub(scale);
    let is_small = bits <= QUARTER_PI;
    Angle { quarter: select(is_small, 0, quarter), rest: f32::from_bits(select(is_small, bits, rest | (flip & SIGN))) }
}

/// The bits of the sine of an angle and so many quarter turns.
#[inline(always)]
fn sine<P: Primitive>(Angle { quarter, rest }: Angle, turned: u32) -> u32 {
    let quarter = quarter.wrapping_add(turned);
    let square = rest * rest;
    let sin = P::mul_add(rest * square, polynomial::<P, 3>(square, SIN), rest);
    let cos = P::mul_add(square * square, polynomial::<P, 3>(square, COS), P::mul_add(-0.5, square, 1.0));
    select(quarter & 1 != 0, cos.to_bits(), sin.to_bits()) ^ ((quarter & 2) << 30)
}

/// The sine of x, which is below 2^31 where `NEAR`.
#[inline(always)]
pub(super) fn sin<P: Primitive, const NEAR: bool>(x: f32) -> f32 {
    let bits = magnitude(x);
    let y = sine::<P>(angle::<NEAR>(bits), 0);
    let y = select(bits < MIN_NORMAL, 0, y) ^ (x.to_bits() & SIGN);
    number_unless_nan(x, select(bits == INFINITY, CANONICAL_NAN, y))
}

/// The cosine of x, which is below 2^31 where `NEAR`.
#[inline(always)]
pub(super) fn cos<P: Primitive, const NEAR: bool>(x: f32) -> f32 {
    let bits = magnitude(x);
    let y = sine::<P>(angle::<NEAR>(bits), 1);
    number_unless_nan(x, select(bits == INFINITY, CANONICAL_NAN, y))
}
