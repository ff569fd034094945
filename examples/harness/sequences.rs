//! Sequences whose class lies in how their steps relate, not in any one of them.

use crate::{Data, Failure, Random};
use std::array;

/// Training and test samples of each data set.
const SAMPLES: [usize; 2] = [3000, 1000];

/// Trends, falling (0) and rising (1): a slope from somewhere, with a wave and noise on top.
pub fn trends(seed: u64) -> Result<Data<[f32; 32], u8>, Failure> {
    let mut random = Random::new(seed);
    Data::generate(SAMPLES, 2, |class| {
        let slope = random.uniform(0.5, 1.5) * if class == 0 { -1.0 } else { 1.0 };
        let (start, wave) = (random.uniform(-3.0, 3.0), Wave::new(&mut random, 5, 11));
        let depth = random.uniform(0.0, 0.5);
        array::from_fn(|t| {
            let time = t as f64 / 31.0 - 0.5;
            (start + slope * time + depth * wave.at(t) + 0.25 * random.bell()) as f32
        })
    })
}

/// Patterns in eight channels: falling (0), rising (1) and oscillating (2). Each channel shows the pattern more or less,
/// from a level of its own, in noise.
pub fn patterns(seed: u64) -> Result<Data<[[f32; 8]; 16], u8>, Failure> {
    let mut random = Random::new(seed);
    Data::generate(SAMPLES, 3, |class| {
        let wave = Wave::new(&mut random, 4, 8);
        let gains: [f64; 8] = array::from_fn(|_| random.uniform(0.3, 1.0));
        let levels: [f64; 8] = array::from_fn(|_| random.uniform(-0.5, 0.5));
        array::from_fn(|t| {
            let time = 2.0 * t as f64 / 15.0 - 1.0;
            let pattern = [-time, time, wave.at(t)][usize::from(class)];
            array::from_fn(|i| (levels[i] + gains[i] * pattern + 0.6 * random.bell()) as f32)
        })
    })
}

/// Codes of eight signs, one at each of 16 steps. The marker, the same in all samples, stands at step 2 (0), 5 (1) or
/// 10 (2); at every other step stands a distractor, which differs from it in four signs.
pub fn markers(seed: u64) -> Result<Data<[[f32; 8]; 16], u8>, Failure> {
    let mut random = Random::new(seed);
    Data::generate(SAMPLES, 3, |class| {
        let marked = [2, 5, 10][usize::from(class)];
        array::from_fn(|t| {
            let code = if t == marked { 0 } else { 1 + random.below(7) };
            let sign = if t == marked { 1.0 } else { random.sign() };
            array::from_fn(|i| (sign * walsh(code, i) + 0.6 * random.bell()) as f32)
        })
    })
}

/// Eight symbols in a row, as vectors of 64 values: the symbol's code of 56 signs, then the place's of eight. Which of
/// places 1, 3, 5 and 7 repeats the symbol at place 0 is the class; no other place does.
pub fn repeats(seed: u64) -> Result<Data<[[f32; 64]; 8], u8>, Failure> {
    const SYMBOLS: usize = 8;
    let mut random = Random::new(seed);
    let codes: [[f64; 56]; SYMBOLS] = array::from_fn(|_| array::from_fn(|_| random.sign()));
    Data::generate(SAMPLES, 4, |class| {
        let query = random.below(SYMBOLS);
        let repeat = 1 + 2 * usize::from(class);
        array::from_fn(|place| {
            // One of the other symbols, each as likely.
            let other = (query + 1 + random.below(SYMBOLS - 1)) % SYMBOLS;
            let symbol = if place == 0 || place == repeat { query } else { other };
            let code = |i: usize| if i < 56 { codes[symbol][i] } else { walsh(place, i - 56) };
            array::from_fn(|i| (code(i) + 0.3 * random.bell()) as f32)
        })
    })
}

/// Row `code` of the Walsh functions of eight values: any two rows differ in four.
fn walsh(code: usize, i: usize) -> f64 {
    if (code & i).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 }
}

/// A wave between -1 and 1 of straight lines.
struct Wave {
    period: usize,
    phase: usize,
}

impl Wave {
    /// Of a period from `least` up to `most` steps, at any point of it.
    fn new(random: &mut Random, least: usize, most: usize) -> Self {
        let period = least + random.below(most - least + 1);
        Wave { period, phase: random.below(period) }
    }

    fn at(&self, t: usize) -> f64 {
        let turn = ((t + self.phase) % self.period) as f64 / self.period as f64;
        4.0 * (turn - 0.5).abs() - 1.0
    }
}
