//! Rounding of master weights to the values of their format, for fake quantisation.

use crate::numerics::arith::{Arith, Fused};
use bytemuck::{Pod, Zeroable};

const MAGNITUDE: u32 = 0x7fff_ffff;
/// The bit that a binary32 does not store.
const IMPLICIT: u32 = 1 << 23;
/// The exponent field of 2^23, whose last bit weighs 1.
const FIELD_OF_ONES: i32 = 150;
/// From so many dropped bits on, a significand of 24 rounds to 0.
const ALL: i32 = 25;

/// What weights have in common that share a scale.
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Scale {
    /// 1 / (factor · [`Quantizer::scale`]); 0 where every code decodes to 0.
    pub(crate) inverse: f32,
    pub(crate) factor: f32,
    /// The greatest magnitude of a code below 0.
    pub(crate) below: f32,
    /// The greatest code.
    pub(crate) above: f32,
}

/// How the weights of a tensor round to codes.
///
/// `code = near(w · inverse)`, the nearest of the multiples of `2^max(e - bits, least)` in the binade `[2^e, 2^(e + 1))`, ties to
/// even, held between `-below` and `above`; `weight = flush(flush(code · factor) · scale)`. Integers have `least` 0, and as many
/// bits as a binary32; floats those of their mantissa and the exponent of their least subnormal number. Only the two
/// multiplications are not on integers, so that every device gives the same bits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quantizer {
    /// Bits of a code's significand behind the point, at most 23.
    pub(crate) bits: i32,
    /// The exponent of the least step between codes, at least -100: less than a flushed weight has digits for.
    pub(crate) least: i32,
    /// A factor of all weights of the tensor.
    pub(crate) scale: f32,
}

impl Quantizer {
    /// The code nearest to a weight, as a number.
    #[inline(always)]
    pub(super) fn code(self, weight: f32, scale: Scale) -> f32 {
        let x = weight * scale.inverse;
        let sign = x.to_bits() & !MAGNITUDE;
        let magnitude = x.to_bits() & MAGNITUDE;
        let significand = magnitude & (IMPLICIT - 1) | IMPLICIT;
        let exponent = (magnitude >> 23) as i32;
        let dropped = (self.least + FIELD_OF_ONES - exponent).max(23 - self.bits).min(ALL) as u32;
        // Twice the significand, so that there is a digit to round away where none is dropped.
        let odd = (significand >> dropped) & 1;
        let kept = (2 * significand + (1 << dropped) - 1 + odd) >> (dropped + 1);
        let near = if kept == 0 { 0 } else { magnitude.wrapping_sub(significand).wrapping_add(kept << dropped) };
        let limit = if sign == 0 { scale.above } else { scale.below };
        let held = near.min(limit.to_bits());
        f32::from_bits(if x.is_nan() { f32::NAN.to_bits() } else { held | sign })
    }

    /// The weight that a code decodes to.
    #[inline(always)]
    pub(super) fn weight(self, code: f32, scale: Scale) -> f32 {
        Fused::flush(Fused::flush(code * scale.factor) * self.scale)
    }

    /// What a weight rounds to, and what it is held to itself: the greatest weight of its sign where it is beyond it.
    #[inline(always)]
    pub(super) fn round(self, weight: f32, scale: Scale) -> (f32, f32) {
        let rounded = self.weight(self.code(weight, scale), scale);
        let x = weight * scale.inverse;
        let limit = if x.is_sign_negative() { scale.below } else { scale.above };
        let is_beyond = x.to_bits() & MAGNITUDE > limit.to_bits();
        (rounded, if is_beyond { rounded } else { weight })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Scale = Scale { inverse: 1.0, factor: 1.0, below: f32::INFINITY, above: f32::INFINITY };

    fn near(bits: i32, least: i32, x: f32) -> f32 {
        Quantizer { bits, least, scale: 1.0 }.code(x, UNIT)
    }

    #[test]
    fn integers_round_to_nearest_even() {
        for x in [0.0, 0.25, 0.5, 0.50001, 0.75, 1.0, 1.49, 1.5, 2.5, 3.5, 126.5, 127.5, 8_388_607.5, 1e9, 1e30] {
            assert_eq!(near(23, 0, x), x.round_ties_even(), "{x}");
            assert_eq!(near(23, 0, -x), -x.round_ties_even(), "-{x}");
        }
    }

    #[test]
    fn floats_round_as_the_half_crate_does() {
        let mut x = 1e-7_f32;
        while x < 6e4 {
            assert_eq!(near(10, -24, x), half::f16::from_f32_const(x).to_f32(), "F16 {x:e}");
            assert_eq!(near(7, -100, x), half::bf16::from_f32_const(x).to_f32(), "BF16 {x:e}");
            assert_eq!(near(23, -100, x).to_bits(), x.to_bits(), "F32 {x:e}");
            x *= 1.000_37;
        }
    }

    #[test]
    fn four_bits_round_to_even_codes_at_midpoints() {
        let midpoints = [(0.25, 0.0), (0.75, 1.0), (1.25, 1.0), (1.75, 2.0), (2.5, 2.0), (3.5, 4.0), (5.0, 4.0)];
        for (x, code) in midpoints {
            assert_eq!(near(1, -1, x), code, "{x}");
        }
        for code in [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0_f32] {
            assert_eq!(near(1, -1, code), code);
            assert_eq!(near(1, -1, code * 1.0001), code);
        }
    }

    #[test]
    fn what_is_beyond_the_codes_is_held() {
        let scale = Scale { inverse: 4.0, factor: 0.25, below: 3.0, above: 5.0 };
        let quantizer = Quantizer { bits: 23, least: 0, scale: 1.0 };
        let cases =
            [(1.24, 1.25, 1.24), (1.26, 1.25, 1.25), (9.0, 1.25, 1.25), (-0.74, -0.75, -0.74), (-1.0, -0.75, -0.75)];
        for (weight, rounded, held) in cases {
            assert_eq!(quantizer.round(weight, scale), (rounded, held), "{weight}");
        }
        let nan = quantizer.round(f32::NAN, scale);
        assert!(nan.0.is_nan() && nan.1.is_nan());
        assert_eq!(quantizer.round(f32::INFINITY, scale), (1.25, 1.25));
    }
}
