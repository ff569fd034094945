//! Random numbers of generated data.

use crate::{Data, Failure};
use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use loom::Sample;
use loom::prelude::*;

/// Random numbers of generated data: the same on every machine, and none of those that initialise a network.
#[derive(Debug)]
pub struct Random(ChaCha8Rng);

impl Random {
    /// The keystream of ChaCha8 whose key is the seed, then "loom demos" in ASCII, then zeros.
    pub fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..18].copy_from_slice(b"loom demos");
        Random(ChaCha8Rng::from_seed(key))
    }

    /// A whole number from 0 up to `bound`, which is excluded.
    pub fn below(&mut self, bound: usize) -> usize {
        // A bound of b makes some results more likely by a share of b / 2^64.
        ((u128::from(self.0.next_u64()) * bound as u128) >> 64) as usize
    }

    /// A value from 0 up to 1, which is excluded.
    pub fn unit(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        (self.0.next_u64() >> 11) as f64 * STEP
    }

    /// A value from `low` up to `high`.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A value of mean 0 and variance 1, near the normal distribution: the sum of four uniform ones, which takes no
    /// function that differs between systems.
    pub fn bell(&mut self) -> f64 {
        const STEP: f64 = 1.0 / 65536.0;
        const SQRT_3: f64 = 1.732_050_807_568_877_2;
        let word = self.0.next_u64();
        let sum: u64 = (0..4).map(|i| word >> (16 * i) & 0xffff).sum();
        (sum as f64 * STEP - 2.0) * SQRT_3
    }

    /// -1 or 1.
    pub fn sign(&mut self) -> f64 {
        if self.below(2) == 0 { -1.0 } else { 1.0 }
    }
}

impl<X: Sample> Data<X, u8> {
    /// Samples that `sample` makes for a class; each class has as many, or one more.
    pub(crate) fn generate(
        [training, test]: [usize; 2],
        classes: u8,
        mut sample: impl FnMut(u8) -> X,
    ) -> Result<Self, Failure> {
        let mut part = |samples: usize| {
            let labels: Vec<u8> = (0..classes).cycle().take(samples).collect();
            Dataset::new(labels.iter().map(|&class| sample(class)).collect(), labels)
        };
        Ok(Data { training: part(training)?, test: part(test)? })
    }
}
