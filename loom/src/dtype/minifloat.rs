//! One conversion for every float of at most 16 bits, driven by the numbers of [`Minifloat`].

/// A binary floating-point format: a sign, [`EXPONENT`](Self::EXPONENT) bits, [`MANTISSA`](Self::MANTISSA) bits.
pub trait Minifloat {
    /// Bits of the exponent field.
    const EXPONENT: u32;
    /// Bits of the mantissa field.
    const MANTISSA: u32;
    /// The pattern of the greatest finite magnitude. What patterns are above it stand for infinity and NaN.
    const GREATEST: u32;
    /// What is subtracted from the exponent field.
    const BIAS: i32 = (1 << (Self::EXPONENT - 1)) - 1;
    /// The sign bit.
    const SIGN: u32 = 1 << (Self::EXPONENT + Self::MANTISSA);
    /// The distance between subnormals, which is the smallest of them.
    const STEP: f32 = power_of_two(1 - Self::BIAS - Self::MANTISSA as i32);
}

/// IEEE 754 binary16.
pub enum Half {}
impl Minifloat for Half {
    const EXPONENT: u32 = 5;
    const MANTISSA: u32 = 10;
    const GREATEST: u32 = 0x7bff;
}

/// bfloat16.
pub enum BFloat {}
impl Minifloat for BFloat {
    const EXPONENT: u32 = 8;
    const MANTISSA: u32 = 7;
    const GREATEST: u32 = 0x7f7f;
}

/// OCP E4M3: no infinity, one NaN of each sign.
pub enum E4M3 {}
impl Minifloat for E4M3 {
    const EXPONENT: u32 = 4;
    const MANTISSA: u32 = 3;
    const GREATEST: u32 = 0x7e;
}

/// OCP E2M1: finite only.
pub enum E2M1 {}
impl Minifloat for E2M1 {
    const EXPONENT: u32 = 2;
    const MANTISSA: u32 = 1;
    const GREATEST: u32 = 0x7;
}

const fn power_of_two(exponent: i32) -> f32 {
    if exponent < -126 {
        f32::from_bits(1 << (exponent + 149))
    } else {
        f32::from_bits(((exponent + 127) as u32) << 23)
    }
}

/// The pattern nearest to a finite `x`, ties to even, and the greatest magnitude for all beyond it.
pub fn encode<M: Minifloat>(x: f64) -> u32 {
    // 1. Take the number apart: |x| = significand * 2^(exponent - 52). A subnormal x is nowhere near a format's smallest.
    let bits = x.to_bits();
    let sign = if x.is_sign_negative() { M::SIGN } else { 0 };
    let exponent = ((bits >> 52) & 0x7ff) as i32 - 1023;
    let significand = (bits & ((1 << 52) - 1)) | (1 << 52);
    // 2. Drop the digits that the mantissa has no room for: more of them where the result is subnormal.
    let below_normal = (1 - M::BIAS - exponent).max(0) as u32;
    let dropped = (52 - M::MANTISSA + below_normal).min(63);
    // 3. Round to nearest, ties to even.
    let odd = (significand >> dropped) & 1;
    let mantissa = (significand + (1 << (dropped - 1)) - 1 + odd) >> dropped;
    // 4. Add the exponent field. The mantissa's leading 1 counts as one exponent, and a carry goes on to the next.
    let field = (exponent + M::BIAS - 1).max(0) as u64;
    let magnitude = (field << M::MANTISSA) + mantissa;
    // 5. Saturate and put the sign back.
    magnitude.min(u64::from(M::GREATEST)) as u32 | sign
}

/// The value of a pattern, exactly.
#[inline(always)]
pub fn decode<M: Minifloat>(pattern: u32) -> f32 {
    let sign = (pattern & M::SIGN) << (31 - M::EXPONENT - M::MANTISSA);
    let magnitude = pattern & (M::SIGN - 1);
    let shifted = magnitude << (23 - M::MANTISSA);
    let value = if magnitude > M::GREATEST {
        f32::from_bits(shifted | 0x7f80_0000)
    } else if magnitude < 1 << M::MANTISSA {
        magnitude as f32 * M::STEP
    } else {
        f32::from_bits(shifted + (((127 - M::BIAS) as u32) << 23))
    };
    f32::from_bits(value.to_bits() | sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What ml_dtypes does, which gives E4M3's NaN where Loom saturates.
    const FIXTURE: &str = include_str!("../../tests/fixtures/dtype/minifloat.txt");

    fn check<M: Minifloat>(name: &str, nan: Option<u32>) {
        let hex = |text: &str| u32::from_str_radix(text, 16).unwrap();
        let mut checked = 0;
        for line in FIXTURE.lines() {
            let fields: Vec<&str> = line.split(' ').collect();
            let &[action, format, from, to] = &fields[..] else { panic!("{line}") };
            if format != name {
                continue;
            }
            let (from, to) = (hex(from), hex(to));
            if action == "decode" {
                let (value, expected) = (decode::<M>(from), f32::from_bits(to));
                assert!(value.to_bits() == to || value.is_nan() && expected.is_nan(), "{line}: {value}");
            } else {
                let saturated = if nan == Some(to & !M::SIGN) { M::GREATEST | to & M::SIGN } else { to };
                let pattern = encode::<M>(f32::from_bits(from).into());
                assert_eq!(pattern, saturated, "{line}: {pattern:x}");
            }
            checked += 1;
        }
        assert!(checked > 100, "{checked} lines of {name}");
    }

    #[test]
    fn e2m1_is_ml_dtypes() {
        check::<E2M1>("E2M1", None);
    }

    #[test]
    fn e4m3_is_ml_dtypes_but_saturates() {
        check::<E4M3>("E4M3", Some(0x7f));
    }

    /// Every pattern, ties and the doubles next to them, of a format whose neighbours are `decode`'s.
    fn check_ties<M: Minifloat>() {
        for pattern in 0..M::GREATEST {
            let (low, high) = (decode::<M>(pattern), decode::<M>(pattern + 1));
            let tie = (f64::from(low) + f64::from(high)) / 2.0;
            let even = pattern + (pattern & 1);
            let cases = [
                (low.into(), pattern),
                (tie.next_down(), pattern),
                (tie, even),
                (tie.next_up(), pattern + 1),
                (high.into(), pattern + 1),
            ];
            for (x, expected) in cases {
                assert_eq!(encode::<M>(x), expected, "{x:e}");
                assert_eq!(encode::<M>(-x), expected | M::SIGN, "{:e}", -x);
            }
        }
        assert_eq!(encode::<M>(f64::MAX), M::GREATEST);
        assert_eq!(encode::<M>(-f64::MAX), M::GREATEST | M::SIGN);
        assert_eq!(encode::<M>(f64::from_bits(1)), 0);
    }

    #[test]
    fn ties_go_to_even() {
        check_ties::<E2M1>();
        check_ties::<E4M3>();
        check_ties::<Half>();
        check_ties::<BFloat>();
    }

    /// Every pattern of 16 bits against the `half` crate.
    #[test]
    fn every_pattern_is_halfs() {
        for pattern in 0..=u16::MAX {
            let cases = [
                ("F16", decode::<Half>(pattern.into()), half::f16::from_bits(pattern).to_f32()),
                ("BF16", decode::<BFloat>(pattern.into()), half::bf16::from_bits(pattern).to_f32()),
            ];
            for (name, value, expected) in cases {
                let same = value.to_bits() == expected.to_bits() || value.is_nan() && expected.is_nan();
                assert!(same, "{name} {pattern:x}: {value} instead of {expected}");
            }
        }
    }

    /// All exponents and signs with mantissas around every tie, against the `half` crate, which overflows to infinity.
    #[test]
    fn rounding_is_halfs() {
        let ends = [0, 1, 2, 0x0fff, 0x1000, 0x1001, 0x1fff, 0x2000, 0x7fff, 0x8000, 0x8001, 0xffff];
        let mantissas: Vec<u32> = (0..128).flat_map(|high| ends.map(|low| high << 16 | low)).collect();
        for head in 0..512_u32 {
            for mantissa in &mantissas {
                let x = f32::from_bits(head << 23 | mantissa);
                if !x.is_finite() {
                    continue;
                }
                let f16 = half::f16::from_f32_const(x).to_bits();
                let bf16 = half::bf16::from_f32_const(x).to_bits();
                let cases = [
                    ("F16", encode::<Half>(x.into()), f16 - u16::from(f16 & 0x7fff == 0x7c00)),
                    ("BF16", encode::<BFloat>(x.into()), bf16 - u16::from(bf16 & 0x7fff == 0x7f80)),
                ];
                for (name, pattern, expected) in cases {
                    assert_eq!(pattern, u32::from(expected), "{name} of {x:e} ({:x}): {pattern:x}", x.to_bits());
                }
            }
        }
    }
}
