//! Random numbers that are the same on every machine: a [`Seed`], the [`Stream`]s drawn from it one value after the
//! other, and [`philox4x32`] for kernels that must draw any value at any time.
//!
//! Everything that gives a seed its meaning is written in this file, or is a published algorithm with test vectors:
//! ChaCha8 (Bernstein, "ChaCha, a variant of Salsa20", 2008) and Philox (Salmon et al., SC'11). The tests below hold
//! the numbers themselves, so that an update of a dependency cannot change them unnoticed.

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};

/// Where all random numbers of a run come from.
///
/// The same seed means the same numbers on every machine, device and thread count.
///
/// Any value is as good as any other; neighbours such as 1 and 2 have nothing in common.
///
/// ```
/// use loom::Seed;
///
/// assert_eq!(Seed::default(), Seed(0));
/// assert_ne!(Seed(1), Seed(2));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Seed(pub u64);

/// What a [`Stream`] is for. Streams of different purposes are independent.
///
/// The numbers are part of what a seed means: a new purpose takes the next one, and none is ever changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Purpose {
    /// Initial parameters; the index is the tensor's.
    Init = 0,
    /// The order of samples; the index is the epoch's.
    Shuffle = 1,
    /// The values of a tensor outside a network; the index is 0.
    Tensor = 2,
}

/// An endless sequence of random words, drawn one after the other: the keystream of ChaCha8.
#[derive(Debug)]
pub(crate) struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream number `index` of those that `seed` has for `purpose`.
    ///
    /// The key is `seed`, `purpose`, `index` and 0 as little-endian `u64`; nonce and block counter begin at 0. So no
    /// two streams share a key.
    pub(crate) fn new(seed: Seed, purpose: Purpose, index: u64) -> Stream {
        let mut key = [0; 32];
        let words = [seed.0, purpose as u64, index, 0];
        for (bytes, word) in key.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Stream(ChaCha8Rng::from_seed(key))
    }

    /// The next word of the keystream.
    pub(crate) fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// The next two words, the first one being the lower half.
    pub(crate) fn next_u64(&mut self) -> u64 {
        let low = u64::from(self.next_u32());
        let high = u64::from(self.next_u32());
        high << 32 | low
    }

    /// A whole number from 0 up to `bound`, which is at least 1 and excluded, each with exactly the same probability.
    ///
    /// Takes two words, and two more as often as a draw is rejected: with a probability below `bound` / 2^64.
    ///
    /// Lemire, "Fast random integer generation in an interval", TOMACS 2019, algorithm 5 with 64-bit words.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        debug_assert!(bound > 0, "no whole number is below 0");
        let bound = bound as u64;
        let mut product = u128::from(self.next_u64()) * u128::from(bound);
        if (product as u64) < bound {
            // 2^64 mod bound: so many of the lower halves are one draw too many for some result.
            let surplus = bound.wrapping_neg() % bound;
            while (product as u64) < surplus {
                product = u128::from(self.next_u64()) * u128::from(bound);
            }
        }
        (product >> 64) as usize
    }

    /// A value from `low` up to `high`, one of 2^24 at equal distances; `high` itself comes only by rounding.
    ///
    /// `low + (high - low) * u` in `f32`, where u is the upper 24 bits of a word, times 2^-24.
    pub(crate) fn uniform(&mut self, low: f32, high: f32) -> f32 {
        const STEP: f32 = 1.0 / (1 << 24) as f32;
        let unit = (self.next_u32() >> 8) as f32 * STEP;
        low + (high - low) * unit
    }

    /// A value of the normal distribution of mean 0 and variance 1; its magnitude is at most 6.67.
    ///
    /// `sqrt(-2 ln(u)) * cos(2 pi v)` in `f64`, where u in (0, 1] and v in [0, 1) are 32 bits each: two words a value,
    /// always. Box and Muller, "A note on the generation of random normal deviates", 1958.
    ///
    /// The functions are `libm`'s, because those of `std` are the system's and differ between systems.
    pub(crate) fn normal(&mut self) -> f32 {
        const STEP: f64 = 1.0 / (1_u64 << 32) as f64;
        let u = (f64::from(self.next_u32()) + 1.0) * STEP;
        let v = f64::from(self.next_u32()) * STEP;
        let radius = libm::sqrt(-2.0 * libm::log(u));
        (radius * libm::cos(std::f64::consts::TAU * v)) as f32
    }

    /// Puts `values` in a random order, each order with the same probability.
    ///
    /// Fisher and Yates, from the last place to the second: Knuth, TAOCP volume 2, 3.4.2, algorithm P.
    pub(crate) fn shuffle(&mut self, values: &mut [u32]) {
        for last in (1..values.len()).rev() {
            values.swap(last, self.below(last + 1));
        }
    }
}

/// Four random words that depend on `counter` and `key` alone: Philox4x32-10.
///
/// It has no state and no branch, so every value of a tensor can be drawn by itself, in any order and on any thread. A
/// loop over some 64 counters that stores the four words in four arrays becomes vector code; one that stores `[u32; 4]`
/// often does not.
///
/// Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11, section 3.3.
#[inline(always)]
pub(crate) fn philox4x32(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    const ROUNDS: usize = 10;
    const MULTIPLIERS: [u32; 2] = [0xd251_1f53, 0xcd9e_8d57];
    // The golden ratio's and sqrt(3)'s fractions: 2^32 (phi - 1) and 2^32 (sqrt(3) - 1).
    const KEY_STEPS: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];

    let [mut c0, mut c1, mut c2, mut c3] = counter;
    let [mut k0, mut k1] = key;
    for _ in 0..ROUNDS {
        let [high0, low0] = wide_mul(MULTIPLIERS[0], c0);
        let [high1, low1] = wide_mul(MULTIPLIERS[1], c2);
        [c0, c1, c2, c3] = [high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0];
        k0 = k0.wrapping_add(KEY_STEPS[0]);
        k1 = k1.wrapping_add(KEY_STEPS[1]);
    }
    [c0, c1, c2, c3]
}

/// The product's upper and lower half.
#[inline(always)]
fn wide_mul(a: u32, b: u32) -> [u32; 2] {
    let product = u64::from(a) * u64::from(b);
    [(product >> 32) as u32, product as u32]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn init(seed: u64) -> Stream {
        Stream::new(Seed(seed), Purpose::Init, 0)
    }

    /// The known answers of Random123's `kat_vectors`.
    #[test]
    fn philox_known_answers() {
        const ONES: u32 = u32::MAX;
        let pi = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        let cases = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([ONES; 4], [ONES; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (pi, [0xa409_3822, 0x299f_31d0], [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
        ];
        for (counter, key, expected) in cases {
            assert_eq!(philox4x32(counter, key), expected, "{counter:08x?} {key:08x?}");
        }
    }

    /// The first is the published keystream of ChaCha8 for key 0, `3e00ef2f895f40d6...`. All were computed from the
    /// cipher's definition by a separate program.
    #[test]
    fn stream_words() {
        use Purpose::{Init, Shuffle};
        const UP: u64 = 0x0123_4567_89ab_cdef;
        const DOWN: u64 = 0xfedc_ba98_7654_3210;
        let cases = [
            (0, Init, 0, [0x2fef_003e, 0xd640_5f89]),
            (1, Init, 0, [0xa0e9_5ecf, 0x61a9_4a49]),
            (0, Init, 1, [0x7f25_5c1c, 0xb0a4_537b]),
            (0, Shuffle, 0, [0x52d7_6565, 0x3feb_e7d0]),
            (UP, Shuffle, DOWN, [0xbc5f_8482, 0x209e_3149]),
        ];
        for (seed, purpose, index, expected) in cases {
            let mut stream = Stream::new(Seed(seed), purpose, index);
            let words = expected.map(|_| stream.next_u32());
            let name = format!("{seed:x} {purpose:?} {index:x}");
            assert_eq!(words, expected, "{name}: {words:08x?}");
        }
    }

    #[test]
    fn stream_words_beyond_a_block() {
        let mut stream = init(7);
        let words: Vec<u32> = (0..260).map(|_| stream.next_u32()).collect();
        assert_eq!(words[256..], [0x5cba_c95a, 0x4e24_1f76, 0x6511_cbdf, 0xc62b_0505]);
    }

    /// Also when the two words lie in different buffers of the library.
    #[test]
    fn next_u64_is_two_words() {
        assert_eq!(init(7).next_u64(), 0xc39c_a672_2c44_ba73);
        for skip in 0..130 {
            let (mut words, mut pairs) = (init(7), init(7));
            for _ in 0..skip {
                assert_eq!(words.next_u32(), pairs.next_u32());
            }
            let [low, high] = [(); 2].map(|()| u64::from(words.next_u32()));
            assert_eq!(pairs.next_u64(), high << 32 | low, "after {skip} words");
        }
    }

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn below_golden() {
        let mut stream = Stream::new(Seed(7), Purpose::Shuffle, 0);
        let values = [1, 2, 3, 10, 1000, 60_000, 1 << 40].map(|bound| stream.below(bound));
        assert_eq!(values, [0, 0, 0, 6, 442, 3285, 460_832_620_331]);
    }

    /// With 3 * 2^62 a quarter of the draws must be rejected; without that, multiples of 3 would be twice as common.
    #[test]
    #[cfg(target_pointer_width = "64")]
    fn below_is_unbiased() {
        const BOUND: usize = 3 << 62;
        const DRAWS: usize = 30_000;
        let mut stream = init(1);
        let mut counts = [0_usize; 3];
        for _ in 0..DRAWS {
            let value = stream.below(BOUND);
            assert!(value < BOUND);
            counts[value % 3] += 1;
        }
        // Five standard deviations.
        assert!(counts.iter().all(|count| count.abs_diff(DRAWS / 3) < 410), "{counts:?}");
    }

    #[test]
    fn uniform_golden() {
        let mut stream = init(7);
        let bits = [(); 4].map(|()| stream.uniform(0.0, 1.0).to_bits());
        assert_eq!(bits, [0x3e31_12e8, 0x3f43_9ca6, 0x3f6a_9d9d, 0x3eee_8f60], "{bits:08x?}");

        let mut stream = init(7);
        let bits = [(); 4].map(|()| stream.uniform(-0.3, 0.7).to_bits());
        assert_eq!(bits, [0xbe02_204c, 0x3eed_9fb2, 0x3f1d_d0d0, 0x3e29_eb8c], "{bits:08x?}");
    }

    #[test]
    fn uniform_stays_in_range() {
        let mut stream = init(2);
        let values: Vec<f32> = (0..100_000).map(|_| stream.uniform(-2.0, 6.0)).collect();
        assert!(values.iter().all(|value| (-2.0..6.0).contains(value)));
        let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / 100_000.0;
        assert!((mean - 2.0).abs() < 0.04, "{mean}");
    }

    #[test]
    fn normal_golden() {
        let mut stream = init(7);
        let bits = [(); 6].map(|()| stream.normal().to_bits());
        assert_eq!(bits, [0x3e29_d80f, 0xbed0_f93b, 0x3fa2_220b, 0xbf41_6bba, 0xbee0_4497, 0xbe99_469f], "{bits:08x?}");
    }

    #[test]
    fn normal_moments() {
        const DRAWS: usize = 100_000;
        let mut stream = init(3);
        let values: Vec<f64> = (0..DRAWS).map(|_| f64::from(stream.normal())).collect();
        let moment = |power: i32| values.iter().map(|z| z.powi(power)).sum::<f64>() / DRAWS as f64;
        for (power, expected, tolerance) in [(1, 0.0, 0.016), (2, 1.0, 0.023), (3, 0.0, 0.062), (4, 3.0, 0.16)] {
            let found = moment(power);
            assert!((found - expected).abs() < tolerance, "moment {power}: {found}");
        }
    }

    #[test]
    fn shuffle_golden() {
        let cases = [
            (7, 0, [3, 5, 6, 1, 7, 2, 4, 9, 0, 8]),
            (8, 0, [9, 5, 6, 0, 7, 8, 4, 1, 2, 3]),
            (7, 1, [6, 1, 2, 9, 3, 0, 5, 4, 8, 7]),
        ];
        for (seed, epoch, expected) in cases {
            let mut order = std::array::from_fn(|i| i as u32);
            Stream::new(Seed(seed), Purpose::Shuffle, epoch).shuffle(&mut order);
            assert_eq!(order, expected, "seed {seed}, epoch {epoch}");
        }
    }

    #[test]
    fn shuffle_of_few() {
        let mut stream = init(4);
        stream.shuffle(&mut []);
        let mut one = [5];
        stream.shuffle(&mut one);
        assert_eq!(one, [5]);
        assert_eq!(stream.next_u32(), init(4).next_u32(), "nothing to choose takes no word");
    }
}
