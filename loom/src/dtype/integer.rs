//! The eight integers: `weight = snap(f32(code - zero) * scale)`, with a scale and a zero point for each row.

use super::codec::{Codec, Layout, Word, next_below, round_to_bits, symmetric_scale, words};
use super::encoded::Parts;
use crate::arith::{Arith, Fused};
use core::marker::PhantomData;

/// The family of the integers, with the code's type.
pub struct Integers<T>(PhantomData<T>);

/// The type of a code.
pub trait Integer: Word {
    /// Bits of a code.
    const BITS: u32;
    /// Whether codes have a sign, and no zero point.
    const SIGNED: bool;
    /// The code 0.
    const ZERO: Self;
    /// `self - zero`, rounded to binary32; of a signed code the zero is [`ZERO`](Self::ZERO).
    fn minus(self, zero: Self) -> f32;
    /// The code `steps` above this one, which the caller knows to exist.
    fn plus(self, steps: i64) -> Self;
}

macro_rules! integer {
    ($($t:ty: signed = $signed:literal, |$code:ident, $zero:ident| $minus:expr;)*) => {$(
        impl Integer for $t {
            const BITS: u32 = <$t>::BITS;
            const SIGNED: bool = $signed;
            const ZERO: Self = 0;
            #[inline(always)]
            fn minus(self, $zero: Self) -> f32 {
                let $code = self;
                $minus
            }
            fn plus(self, steps: i64) -> Self { self.wrapping_add(steps as $t) }
        }
    )*};
}

integer! {
    i64: signed = true, |code, _zero| code as f32;
    i32: signed = true, |code, _zero| code as f32;
    i16: signed = true, |code, _zero| code.into();
    i8: signed = true, |code, _zero| code.into();
    u64: signed = false, |code, zero| with_sign(code.abs_diff(zero) as f32, code < zero);
    u32: signed = false, |code, zero| with_sign(code.abs_diff(zero) as f32, code < zero);
    u16: signed = false, |code, zero| (i32::from(code) - i32::from(zero)) as f32;
    u8: signed = false, |code, zero| (i32::from(code) - i32::from(zero)) as f32;
}

#[inline(always)]
fn with_sign(magnitude: f32, negative: bool) -> f32 {
    f32::from_bits(magnitude.to_bits() | (u32::from(negative) << 31))
}

/// How the weights of a row map to codes.
struct Row<T> {
    scale: f32,
    zero: T,
    /// The steps from `zero` that a code may be away.
    steps: (i64, i64),
}

impl<T: Integer> Row<T> {
    /// The map of a row whose weights, and 0, lie between `least` and `greatest`. An extreme that decodes to 0 is 0.
    fn fit(least: f32, greatest: f32) -> Self {
        let row = Self::fit_extremes(least, greatest);
        let vanishes = |extreme: f32| extreme != 0.0 && row.decode(row.encode(extreme)) == 0.0;
        match (vanishes(least), vanishes(greatest)) {
            (false, false) => row,
            (true, false) => Self::fit(0.0, greatest),
            (false, true) => Self::fit(least, 0.0),
            (true, true) => Self::fit(0.0, 0.0),
        }
    }

    fn fit_extremes(least: f32, greatest: f32) -> Self {
        let magnitude = greatest.max(-least);
        match (T::BITS, T::SIGNED) {
            (32.., _) => Self::fit_wide(magnitude),
            (_, true) => Self::fit_signed(magnitude),
            (_, false) => Self::fit_unsigned(least, greatest),
        }
    }

    /// The power of two with which the greatest magnitude fits in the bits below the sign.
    fn fit_wide(magnitude: f32) -> Self {
        let limit = i64::MAX >> (64 - T::BITS);
        let exponent = magnitude.to_bits() >> 23;
        let scale = if magnitude == 0.0 { 1.0 } else { f32::from_bits((exponent + 2 - T::BITS) << 23) };
        let zero = if T::SIGNED { T::ZERO } else { T::ZERO.plus(limit).plus(1) };
        Row { scale, zero, steps: (-limit, limit) }
    }

    fn fit_signed(magnitude: f32) -> Self {
        let limit = i64::MAX >> (64 - T::BITS);
        let scale = symmetric_scale(magnitude, limit as f32, significant_bits::<T>());
        Row { scale: if magnitude == 0.0 { 1.0 } else { scale }, zero: T::ZERO, steps: (-limit, limit) }
    }

    /// The scale of the range, or the next smaller one with which the extremes take the least and the greatest code, so
    /// that the scale is found again from what they decode to, and are finite.
    fn fit_unsigned(least: f32, greatest: f32) -> Self {
        let limit = (1 << T::BITS) - 1;
        if least == greatest {
            return Row { scale: 1.0, zero: T::ZERO, steps: (0, limit) };
        }
        let range = f64::from(greatest) - f64::from(least);
        let mut scale = round_to_bits(range / limit as f64, significant_bits::<T>());
        loop {
            let (below, above) = (-steps(least, scale), steps(greatest, scale));
            let zero = below.min(limit);
            let finite = (zero.max(limit - zero) as f32 * scale).is_finite();
            if below + above >= limit && finite {
                return Row { scale, zero: T::ZERO.plus(zero), steps: (-zero, limit - zero) };
            }
            scale = next_below(scale, significant_bits::<T>());
        }
    }

    /// The nearest code; the zero point where it would decode to 0.
    fn encode(&self, weight: f32) -> T {
        let code = self.zero.plus(steps(weight, self.scale).clamp(self.steps.0, self.steps.1));
        if self.decode(code) == 0.0 { self.zero } else { code }
    }

    #[inline(always)]
    fn decode(&self, code: T) -> f32 {
        decode(code, self.zero, self.scale)
    }
}

#[inline(always)]
fn decode<T: Integer>(code: T, zero: T, scale: f32) -> f32 {
    Fused::snap(code.minus(zero) * scale)
}

/// Significant bits of a scale: what a product with a code needs to be exact for 8 bits, and few enough for 16 that the
/// scale is found again from rounded products.
const fn significant_bits<T: Integer>() -> u32 {
    if T::BITS == 8 { 16 } else { 20 }
}

/// `weight / scale` rounded to the nearest integer, ties to even.
fn steps(weight: f32, scale: f32) -> i64 {
    /// 1.5 * 2^52: below 2^51, adding it leaves no digits after the point; from there on, a weight has none.
    const NO_FRACTION: f64 = 6_755_399_441_055_744.0;
    let quotient = f64::from(weight) / f64::from(scale);
    if quotient.abs() < 2_251_799_813_685_248.0 {
        ((quotient + NO_FRACTION) - NO_FRACTION) as i64
    } else {
        quotient as i64
    }
}

impl<T: Integer> Codec for Integers<T> {
    fn layout(rows: usize, columns: usize) -> Layout {
        let bytes = size_of::<T>();
        let zero_point = if T::SIGNED { 0 } else { rows * bytes };
        Layout { data: rows * columns * bytes, scale: rows, zero_point, ..Layout::default() }
    }

    fn encode(values: &[f32], parts: &mut Parts) {
        for weights in values.chunks_exact(parts.columns) {
            let extremes = weights.iter().fold((0.0, 0.0), |(least, greatest), &w| (w.min(least), w.max(greatest)));
            let row = Row::<T>::fit(extremes.0, extremes.1);
            parts.data.extend(weights.iter().flat_map(|&weight| row.encode(weight).to_le()));
            parts.scale.push(row.scale);
            if !T::SIGNED {
                parts.zero_point.extend(row.zero.to_le());
            }
        }
    }

    #[inline(always)]
    fn decode_row(parts: &Parts, row: usize, from: usize, output: &mut [f32]) {
        let scale = parts.scale[row];
        let zero = if T::SIGNED { T::ZERO } else { T::from_le(words::<T>(&parts.zero_point)[row]) };
        let codes = &words::<T>(&parts.data)[row * parts.columns..][..parts.columns];
        for (value, &code) in output.iter_mut().zip(&codes[from..]) {
            *value = decode(T::from_le(code), zero, scale);
        }
    }
}
