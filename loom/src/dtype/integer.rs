//! The eight integers: `weight = snap(f32(code - zero) * scale)`, with a scale and a zero point for each group of weights.

use super::codec::{Choice, Codec, Lengths, Search, Word, next_below, round_to_bits, symmetric_scale, words};
use super::encoded::{Parts, scales};
use crate::numerics::arith::{Arith, Fused};
use core::marker::PhantomData;

/// The family of the integers, with the code's type.
pub struct Integers<T>(PhantomData<T>);

/// The type of a code.
pub trait Integer: Word + PartialEq {
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

/// The scales that a search tries, as parts of the range that the greatest scale covers, from 1 down to 1/2.
const TRIED: u32 = 33;
const TRIED_STEP: f32 = 1.0 / 64.0;

/// How the weights of a group map to codes.
#[derive(Clone, Copy, PartialEq)]
struct Map<T> {
    scale: f32,
    zero: T,
    /// The steps from `zero` that a code may be away.
    steps: (i64, i64),
}

impl<T: Integer> Map<T> {
    /// The map of a group of an encoded weight.
    fn of(parts: &Parts, group: usize) -> Self {
        let limit = i64::MAX >> (64 - T::BITS);
        let zero = Self::zero_of(parts, group);
        let steps = match (T::BITS, T::SIGNED) {
            (32.., _) | (_, true) => (-limit, limit),
            (_, false) => {
                let below = zero.minus(T::ZERO) as i64;
                (-below, (1 << T::BITS) - 1 - below)
            }
        };
        Map { scale: parts.scale[group], zero, steps }
    }

    #[inline(always)]
    fn zero_of(parts: &Parts, group: usize) -> T {
        if T::SIGNED { T::ZERO } else { T::from_le(words::<T>(&parts.zero_point)[group]) }
    }

    /// The map with the least squared error of those tried; on ties the one of the greatest scale. Only one that is found again
    /// from what it decodes the extremes to can be told from other maps, once the weights are rounded.
    fn search(weights: &[f32], least: f32, greatest: f32, importance: impl Fn(usize) -> f64) -> Self {
        let error = |map: &Self| -> f64 {
            let errors = weights.iter().enumerate().map(|(i, &weight)| {
                let difference = f64::from(weight) - f64::from(map.nearest(weight));
                importance(i) * difference * difference
            });
            errors.sum()
        };
        let mut best = (f64::INFINITY, Self::fit(least, greatest));
        for step in 0..TRIED {
            let part = 1.0 - step as f32 * TRIED_STEP;
            let map = Self::fit(least * part, greatest * part);
            if Self::fit(map.nearest(least), map.nearest(greatest)) != map {
                continue;
            }
            let error = error(&map);
            if error < best.0 {
                best = (error, map);
            }
        }
        best.1
    }

    /// The map of a group whose weights, and 0, lie between `least` and `greatest`. An extreme that decodes to 0 is 0.
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
        Map { scale, zero, steps: (-limit, limit) }
    }

    fn fit_signed(magnitude: f32) -> Self {
        let limit = i64::MAX >> (64 - T::BITS);
        let scale = symmetric_scale(magnitude, limit as f32, significant_bits::<T>());
        Map { scale: if magnitude == 0.0 { 1.0 } else { scale }, zero: T::ZERO, steps: (-limit, limit) }
    }

    /// The scale of the range, or the next smaller one with which the extremes take the least and the greatest code, so
    /// that the scale is found again from what they decode to, and are finite.
    fn fit_unsigned(least: f32, greatest: f32) -> Self {
        let limit = (1 << T::BITS) - 1;
        if least == greatest {
            return Map { scale: 1.0, zero: T::ZERO, steps: (0, limit) };
        }
        let range = f64::from(greatest) - f64::from(least);
        let mut scale = round_to_bits(range / limit as f64, significant_bits::<T>());
        loop {
            let (below, above) = (-steps(least, scale), steps(greatest, scale));
            let zero = below.min(limit);
            let finite = (zero.max(limit - zero) as f32 * scale).is_finite();
            if below + above >= limit && finite {
                return Map { scale, zero: T::ZERO.plus(zero), steps: (-zero, limit - zero) };
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

    /// What a weight is rounded to.
    #[inline(always)]
    fn nearest(&self, weight: f32) -> f32 {
        self.decode(self.encode(weight))
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
    fn layout(rows: usize, columns: usize, group: usize) -> Lengths {
        let (bytes, scale) = (size_of::<T>(), scales(rows, columns, group));
        let zero_point = if T::SIGNED { 0 } else { scale * bytes };
        Lengths { data: rows * columns * bytes, scale, zero_point, ..Lengths::default() }
    }

    fn fit(values: &mut [f32], choice: Choice<'_>, parts: &mut Parts) {
        for span in parts.spans() {
            let (first, weights) = (span.start, &mut values[span]);
            let (least, greatest) =
                weights.iter().fold((0.0, 0.0), |(least, greatest), &w| (w.min(least), w.max(greatest)));
            let map = match choice.search {
                Search::Greatest => Map::<T>::fit(least, greatest),
                Search::LeastSquares => {
                    let importance = |i: usize| choice.importance((first + i) % parts.columns);
                    Map::search(weights, least, greatest, importance)
                }
            };
            parts.scale.push(map.scale);
            if !T::SIGNED {
                parts.zero_point.extend(map.zero.to_le());
            }
            weights.iter_mut().for_each(|weight| *weight = map.nearest(*weight));
        }
    }

    fn nearest(parts: &Parts, row: usize, column: usize, value: f32) -> f32 {
        Map::<T>::of(parts, parts.group_of(row, column)).nearest(value)
    }

    fn encode(values: &[f32], parts: &mut Parts) {
        for (group, span) in parts.spans().enumerate() {
            let map = Map::<T>::of(parts, group);
            parts.data.extend(values[span].iter().flat_map(|&weight| map.encode(weight).to_le()));
        }
    }

    #[inline(always)]
    fn decode_row(parts: &Parts, row: usize, from: usize, mut output: &mut [f32]) {
        let codes = &words::<T>(&parts.data)[row * parts.columns..][..parts.columns];
        let mut column = from;
        while !output.is_empty() {
            let group = parts.group_of(row, column);
            let (scale, zero) = (parts.scale[group], Map::<T>::zero_of(parts, group));
            let left = if parts.group == 0 { output.len() } else { parts.group - column % parts.group };
            let (now, later) = output.split_at_mut(output.len().min(left));
            for (value, &code) in now.iter_mut().zip(&codes[column..]) {
                *value = decode(T::from_le(code), zero, scale);
            }
            column += now.len();
            output = later;
        }
    }
}
