//! What the probe computes with: fixed numbers, chosen where drivers differ and where the functions change formula.

use super::reference::{OPERATIONS, TERMS};
use crate::numerics::arith::{Arith, Fused, Split};

const SIGN: u32 = 0x8000_0000;
const MIN_NORMAL: u32 = 0x0080_0000;
const INFINITY: u32 = 0x7f80_0000;

/// Quintuples of any magnitude, for single operations, and of magnitudes near 1, for all formulas.
const WIDE: usize = 4096;
const NEAR_ONE: usize = 4096;
const CHAINS: usize = 256;

/// Words without a pattern (the finaliser of MurmurHash3 of a counter).
struct Words(u32);

impl Words {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9);
        let mut h = self.0;
        h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
        h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
        h ^ (h >> 16)
    }

    /// A number of either sign with an exponent in this range.
    fn number(&mut self, first: i32, last: i32) -> f32 {
        let exponent = first + (self.next() % (last - first + 1) as u32) as i32;
        f32::from_bits((self.next() & 0x807f_ffff) | ((exponent + 127) as u32) << 23)
    }
}

/// The arguments of the functions: every exponent, a denser set where values of a network lie, all special values, and
/// the neighbours of every number at which a function goes from one formula to another.
pub(super) fn functions() -> Vec<f32> {
    let mut words = Words(1);
    let mut bits = vec![0, 1, 2, MIN_NORMAL - 1, INFINITY];
    bits.extend([0x7fc0_0000, 0x7f80_0001, 0x7fff_ffff, 0x7fa0_0000]);
    bits.extend((0..8).map(|_| words.next() & (MIN_NORMAL - 1)));
    for exponent in 1..255u32 {
        let mantissas = [0, 1, 0x7f_fffe, 0x7f_ffff].into_iter().chain((0..8).map(|_| words.next() & 0x7f_ffff));
        bits.extend(mantissas.map(|mantissa| exponent << 23 | mantissa));
    }
    bits.extend((0x3980_0000..0x4300_0000).step_by(45_007));
    // The limits of exp, tanh, erf, flush and recip.
    let mut limits = vec![0x42b1_7217, 0x42ae_ac4f, 0x42b2_0000, 0x3f20_0000, 0x4120_0000, 0x3f58_0000, 0x4080_0000];
    limits.extend([0x2180_0000, 0x0d80_0000, 0x7e80_0000]);
    // Where the tails of tanh's gate and of the normal distribution begin and end.
    limits.extend([0x4000_0000, 0x41b0_0000, 0x4111_0000]);
    // Quarters of a quarter turn, at one of which sine and cosine take the next, and at the next of which they are 0.
    limits.extend((1..200).map(|n| ((f64::from(n) * core::f64::consts::FRAC_PI_4) as f32).to_bits()));
    // Where exp takes the next power of 2, and where log does.
    limits.extend((0..127).map(|n| (((f64::from(n) + 0.5) * core::f64::consts::LN_2) as f32).to_bits()));
    limits.extend((1..254u32).map(|exponent| exponent << 23 | 0x2a_aaab));
    bits.extend(limits.into_iter().flat_map(|limit| limit - 2..=limit + 2));
    bits.into_iter().flat_map(|bits| [f32::from_bits(bits), f32::from_bits(bits | SIGN)]).collect()
}

/// Whether the result of a function is defined to the bit: the order of subnormals is not, for they are never stored.
pub(super) fn function_is_defined(name: &str, x: f32) -> bool {
    name != "order_key" || !x.is_subnormal()
}

/// The arguments of the formulas.
pub(super) fn formulas() -> Vec<[f32; 5]> {
    let mut words = Words(2);
    let special = [0.0, 1.0, -1.0, f32::MAX, f32::MIN, f32::INFINITY, f32::NEG_INFINITY, f32::MIN_POSITIVE];
    let mut quintuples: Vec<_> = (0..WIDE)
        .map(|i| {
            let [mut a, mut b] = [words.number(-126, 127), words.number(-126, 127)];
            if i % 2 == 0 {
                b = words.number((-100 - exponent(a)).clamp(-126, 127), (100 - exponent(a)).clamp(-126, 127));
            }
            let mut c = match i % 4 {
                0 => -(a * b),
                _ => words.number((exponent(a * b) - 30).max(-126), (exponent(a * b) + 30).min(127)),
            };
            if i % 16 == 15 {
                let mut pick = || special[words.next() as usize % special.len()];
                (a, c) = (pick(), pick());
                b = if i % 32 == 31 { pick() } else { b };
            }
            [a, b, c, 1.0, 1.0]
        })
        .collect();
    quintuples.extend((0..NEAR_ONE).map(|i| {
        let width = if i % 2 == 0 { 0 } else { 8 };
        let [a, b, mut c, mut d, e] = [(); 5].map(|()| words.number(-width, width));
        match i % 8 {
            // Products that cancel, and leave what was rounded.
            2 | 3 => c = -(a * b),
            4 | 5 => d = a * b * c / e,
            _ => {}
        }
        [a, b, c, d, e.abs()]
    }));
    quintuples
}

fn exponent(x: f32) -> i32 {
    (x.to_bits() >> 23 & 0xff) as i32 - 127
}

/// Whether the result of a formula is defined to the bit: in single operations, subnormals and NaN are not.
pub(super) fn formula_is_defined(formula: usize, index: usize, &[a, b, c, ..]: &[f32; 5]) -> bool {
    let normal = |x: f32| x == 0.0 || x.abs() > f32::MIN_POSITIVE;
    match formula {
        _ if index >= WIDE => true,
        0 => normal(c) && normal(a * b) && normal(Split::mul_add(a, b, c)) && normal(Fused::mul_add(a, b, c)),
        1 => normal(a + b),
        2 => normal(a - b),
        3 => normal(a * b),
        _ => {
            debug_assert!(formula >= OPERATIONS);
            false
        }
    }
}

/// The factors of the sums: left and right. They are as what kernels store, 0 or at least 2^-60.
pub(super) fn sums() -> [Vec<f32>; 2] {
    let mut words = Words(3);
    let mut factors = [const { Vec::<f32>::new() }; 2];
    for chain in 0..CHAINS {
        let (first, last) = [(-4, 4), (-60, 20), (-60, -50), (-60, -58)][chain / 2 % 4];
        let start = factors[0].len();
        for k in 0..TERMS {
            let mut pair = [words.number(first, last), words.number(first, last)];
            // The second half of every other sum takes the first half away again.
            if chain % 2 == 1 && k >= TERMS / 2 {
                let back = start + TERMS - 1 - k;
                pair = [-factors[0][back], factors[1][back]];
            }
            factors[0].push(pair[0]);
            factors[1].push(pair[1]);
        }
    }
    factors
}
