//! What the integration tests share: random numbers, comparisons, and the list of networks.
#![allow(dead_code, reason = "each test file uses a part")]

pub mod cases;
pub mod functions;
pub mod gpu;
pub mod networks;
mod random;

use bytemuck::cast_slice;
use loom::data::Target;
use loom::dtype::F32;
use loom::plan::Plan;
use loom::private::ir::facts::Input;
use loom::{Network, Sample};
pub use random::Random;

impl Random {
    /// A value from `low` up to `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * ((self.word() >> 11) as f64 / (1_u64 << 53) as f64)
    }

    /// So many values from -1 to 1.
    pub fn direction(&mut self, len: usize) -> Vec<f64> {
        (0..len).map(|_| self.between(-1.0, 1.0)).collect()
    }

    /// So many samples of values from `low` to `high`.
    pub fn samples<S: Sample<Scalar = f32>>(&mut self, count: usize, low: f64, high: f64) -> Vec<S> {
        samples(count, || self.between(low, high) as f32)
    }
}

/// How many tokens there are, for a network whose inputs are tokens.
pub fn vocabulary(plan: &Plan) -> Option<usize> {
    match plan.steps.first()?.layer.facts().input {
        Input::Tokens(vocabulary) => Some(vocabulary),
        Input::Any | Input::Computed => None,
    }
}

/// What values from -2 to 2 are multiplied by, so that they reach all tokens of a network whose inputs are tokens.
pub fn reach(plan: &Plan) -> f64 {
    vocabulary(plan).map_or(1.0, |tokens| 0.5 * tokens as f64)
}

/// So many samples, filled with values one after the other.
pub fn samples<S: Sample<Scalar = f32>>(count: usize, mut value: impl FnMut() -> f32) -> Vec<S> {
    let mut samples = S::zeroed_vec(count).expect("there is memory for the samples");
    S::flat_mut(&mut samples).iter_mut().for_each(|x| *x = value());
    samples
}

/// Something to do with every network of a list.
pub trait Check {
    /// Does it with one.
    fn check<N: Network<Precision = F32, Output: Target>>(&self);
}

/// Panics at the first value whose bits differ.
pub fn assert_same_bits<S: Sample<Scalar = f32>>(what: impl Fn() -> String, expected: &[S], found: &[S]) {
    let (expected, found): (&[f32], &[f32]) = (cast_slice(expected), cast_slice(found));
    assert_eq!(expected.len(), found.len(), "{}: number of values", what());
    let differs = expected.iter().zip(found).position(|(a, b)| a.to_bits() != b.to_bits());
    if let Some(i) = differs {
        let (a, b) = (expected[i], found[i]);
        panic!("{}: value {i} is {b:e} ({:08x}), not {a:e} ({:08x})", what(), b.to_bits(), a.to_bits());
    }
}

/// Panics at the first value that is further from the expected one than its tolerance; a NaN always is.
pub fn assert_close(what: impl Fn() -> String, expected: &[f64], found: &[f64], tolerance: impl Fn(f64) -> f64) {
    assert_eq!(expected.len(), found.len(), "{}: number of values", what());
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= tolerance(*a);
    if let Some(i) = expected.iter().zip(found).position(|pair| !near(pair)) {
        let (a, b) = (expected[i], found[i]);
        panic!(
            "{}: value {i} is {b:e} ({:016x}), not {a:e} ({:016x}) within {:e}",
            what(),
            b.to_bits(),
            a.to_bits(),
            tolerance(a)
        );
    }
}

/// The same values in binary64.
pub fn widen(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

/// Σ a b.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// √Σ a².
pub fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}
