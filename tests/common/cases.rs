//! What every check of equal bits computes: batches, values that make two ways of computing differ, and a training pass.

use super::{Random, assert_same_bits, reach, samples};
use bytemuck::cast_slice;
use loom::dtype::F32;
use loom::prelude::*;

/// A full batch, the short last one that follows it in the same buffers, and a batch of one.
pub const BATCHES: [usize; 3] = [65, 5, 1];
pub const MODE: Mode = Mode::Training { seed: Seed(3), step: 5 };

/// Where the values of a check come from.
#[derive(Debug, Clone, Copy)]
pub enum Values {
    /// Of order 1.
    Ordinary,
    /// What makes two ways of computing the same thing differ: see [`Values::adversarial`].
    Adversarial,
    /// The same, with infinities and NaNs of either sign and several payloads among the inputs.
    NotFinite,
}

impl Values {
    fn draw(self, random: &mut Random) -> f32 {
        match self {
            Values::Ordinary => random.between(-2.0, 2.0) as f32,
            Values::Adversarial => Values::adversarial(random),
            Values::NotFinite => match random.below(200) {
                0 => f32::INFINITY,
                1 => f32::NEG_INFINITY,
                2 => f32::from_bits(0x7fc0_0001 | (random.word() as u32 & 0x803f_ffff)),
                _ => Values::adversarial(random),
            },
        }
    }

    /// Zeros of both signs, subnormals, values about the flush threshold of 2^-60, values whose products overflow, and
    /// pairs that cancel but for their last bits.
    fn adversarial(random: &mut Random) -> f32 {
        let sign = if random.below(2) == 0 { 1.0 } else { -1.0 };
        sign * match random.below(16) {
            0 => 0.0,
            1 => f32::from_bits(random.below(1 << 23) as u32),
            2 => f32::MIN_POSITIVE,
            3 => 2.0_f32.powi(-60) * random.between(0.5, 2.0) as f32,
            4 => 1e-18 * random.between(1.0, 9.0) as f32,
            5 => f32::from_bits(1.0_f32.to_bits() + random.below(3) as u32),
            6 => 16_777_216.0 + random.below(4) as f32,
            7 => 1e10 * random.between(1.0, 9.0) as f32,
            // One in some thousands, so that not every sum is infinite or NaN.
            8 if random.below(300) == 0 => f32::MAX,
            _ => random.between(0.0, 2.0) as f32,
        }
    }

    /// A network with such parameters, and such inputs.
    pub fn case<N: Network<Precision = F32>>(self, count: usize) -> (N, Vec<N::Input>) {
        let (mut net, mut random) = (N::new(Seed(1)), Random(7));
        if !matches!(self, Values::Ordinary) {
            for param in N::PLAN.params {
                let values: Vec<f32> = (0..param.len()).map(|_| Values::adversarial(&mut random)).collect();
                net.weights_mut().set(param, values.into_iter()).expect("the values are finite");
            }
        }
        let reach = reach(N::PLAN) as f32;
        (net, samples(count, || reach * self.draw(&mut random)))
    }
}

/// So many values of a gradient to begin backward with.
pub fn d_outputs(len: usize) -> Vec<f32> {
    let mut random = Random(8);
    (0..len).map(|_| random.between(-1.0, 1.0) as f32).collect()
}

/// What a training pass gives.
pub struct Pass<N: Network<Precision = F32>> {
    pub outputs: Vec<N::Output>,
    pub d_inputs: Vec<N::Input>,
    pub d_weights: Vec<f32>,
}

impl<N: Network<Precision = F32>> Pass<N> {
    pub fn new(tape: &mut Tape<N>, inputs: &[N::Input]) -> Self {
        tape.forward(inputs, MODE).expect("there is memory");
        let outputs = tape.outputs().expect("they come back").to_vec();
        let d_outputs = d_outputs(outputs.len() * N::Output::LEN);
        tape.set_d_outputs(cast_slice(&d_outputs)).expect("there are outputs");
        tape.backward_to_inputs().expect("there is a gradient of the outputs");
        let d_inputs = tape.d_inputs().expect("they come back").to_vec();
        Pass { outputs, d_inputs, d_weights: tape.gradients().expect("they come back").to_vec() }
    }

    pub fn assert_same(&self, found: &Self, case: &str) {
        let name = |what: &str| format!("{} {case}: {what}", N::PLAN.name);
        assert_same_bits(|| name("outputs"), &self.outputs, &found.outputs);
        assert_same_bits(|| name("input gradients"), &self.d_inputs, &found.d_inputs);
        assert_same_bits(|| name("weight gradients"), &self.d_weights, &found.d_weights);
    }
}
