//! Classes that are clusters around points of a curved surface.

use crate::{Data, Failure, Random};
use std::array;

/// Training and test samples of each data set.
const SAMPLES: [usize; 2] = [3000, 1000];
const CLASSES: usize = 10;
/// Clusters of each class.
const PARTS: usize = 3;
/// Dimensions of the surface.
const LATENT: usize = 12;

/// Samples of `N` values in ten classes. Each feature is multiplied by a power of 2 of its own, from 2^-`spread` to
/// 2^`spread`.
pub fn clusters<const N: usize>(seed: u64, spread: i32) -> Result<Data<[f32; N], u8>, Failure> {
    let mut random = Random::new(seed);
    let centres: [[[f64; LATENT]; PARTS]; CLASSES] =
        array::from_fn(|_| array::from_fn(|_| array::from_fn(|_| random.bell())));
    let mixing: Vec<[f64; LATENT]> = (0..N).map(|_| array::from_fn(|_| 0.5 * random.bell())).collect();
    let scales: Vec<f64> =
        (0..N).map(|_| f64::powi(2.0, random.below(2 * spread.unsigned_abs() as usize + 1) as i32 - spread)).collect();
    Data::generate(SAMPLES, CLASSES as u8, |class| {
        let centre = &centres[usize::from(class)][random.below(PARTS)];
        let point: [f64; LATENT] = array::from_fn(|i| centre[i] + 0.4 * random.bell());
        array::from_fn(|i| {
            let x: f64 = mixing[i].iter().zip(&point).map(|(m, p)| m * p).sum();
            let folded = x / (1.0 + x.abs());
            (scales[i] * (folded + 0.2 * random.bell())) as f32
        })
    })
}
