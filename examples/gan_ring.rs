//! A GAN: a generator learns to make points of eight clusters on a ring, from a discriminator that learns to tell them from real ones.

use harness::{Defaults, Failure, Learned, NoArguments, Options, Random, Training};
use loom::loss::BinaryCrossEntropy;
use loom::prelude::*;
use loom::{BackwardOptions, Score};
use std::process::ExitCode;

network! {
    /// Noise in, a point out.
    pub struct Generator { Dense<4, 48> -> Relu -> Dense<48, 48> -> Relu -> Dense<48, 2> }

    /// A point in, the logit of its being real out.
    pub struct Discriminator { Dense<2, 64> -> Relu -> Dense<64, 64> -> Relu -> Dense<64, 1> }
}

const DEFAULTS: Defaults = Defaults {
    name: "gan_ring",
    about: "learns to make points of eight clusters on a ring",
    epochs: 20,
    batch: 64,
    fine_tune: 0,
};

/// Steps of an epoch.
const STEPS: u64 = 100;

/// The centres of the clusters.
const CENTRES: [[f32; 2]; 8] =
    [[1.0, 0.0], [0.7, 0.7], [0.0, 1.0], [-0.7, 0.7], [-1.0, 0.0], [-0.7, -0.7], [0.0, -1.0], [0.7, -0.7]];

fn main() -> ExitCode {
    harness::main(DEFAULTS, demo)
}

/// Trains both networks against each other.
pub fn demo(options: Options, _: NoArguments) -> Result<(), Failure> {
    harness::run_steps(DEFAULTS, &options, &Ring)
}

struct Ring;

impl Training for Ring {
    const HAS_DATA: bool = false;

    fn train(&self, options: &Options, device: &impl Device) -> Result<Learned, Failure> {
        let (seed, batch) = (options.seed, options.batch);
        let adam = Adam::new(1e-3).betas(0.5, 0.999);
        let mut generator = Tape::new(Generator::new(Seed(seed)), device).optimizer(adam.clone());
        let mut discriminator = Tape::new(Discriminator::new(Seed(seed + 1)), device).optimizer(adam);
        let mut random = Random::new(seed);
        let (ones, zeros) = (vec![[1.0]; batch], vec![[0.0]; batch]);
        let adding = BackwardOptions { accumulate: true, ..Default::default() };
        let mut scores = Vec::new();
        for epoch in 0..options.epochs as u64 {
            for step in epoch * STEPS..(epoch + 1) * STEPS {
                let mode = Mode::Training { seed: Seed(seed), step };
                // The discriminator is to say yes to real points, and no to those of the generator.
                discriminator.forward(&real(&mut random, batch), mode)?;
                discriminator.loss(&BinaryCrossEntropy, &ones)?;
                discriminator.backward()?;
                generator.forward(&noise(&mut random, batch), mode)?;
                discriminator.forward_from(&generator, mode)?;
                discriminator.loss(&BinaryCrossEntropy, &zeros)?;
                discriminator.backward_with(adding)?;
                discriminator.step()?;
                // The generator is to make it say yes.
                discriminator.forward_from(&generator, mode)?;
                discriminator.loss(&BinaryCrossEntropy, &ones)?;
                discriminator.backward_to_inputs()?;
                generator.set_d_outputs_from(&discriminator)?;
                generator.backward()?;
                generator.step()?;
            }
            let loss = f64::from(discriminator.score()?.loss_sum) / batch as f64;
            scores.push(Score { loss, accuracy: None, outputs: Vec::new() });
        }
        let (generator, discriminator) = (generator.into_network()?, discriminator.into_network()?);
        let points = generator.forward_batch(&noise(&mut random, 1000));
        let found = points.iter().filter_map(nearest).collect::<Vec<_>>();
        let clusters = (0..CENTRES.len()).filter(|cluster| found.contains(cluster)).count();
        let result = format!("{} of 1000 points lie in a cluster, {clusters} of 8 clusters are found", found.len());
        if let Some(last) = scores.last_mut() {
            last.accuracy = Some(found.len() as f64 / 1000.0);
        }
        Learned::new(scores, result).with("Generator", &generator)?.with("Discriminator", &discriminator)
    }
}

fn noise(random: &mut Random, count: usize) -> Vec<[f32; 4]> {
    (0..count).map(|_| [0; 4].map(|_| random.bell() as f32)).collect()
}

/// Points near the centres.
fn real(random: &mut Random, count: usize) -> Vec<[f32; 2]> {
    let mut point = || CENTRES[random.below(CENTRES.len())].map(|centre| centre + 0.05 * random.bell() as f32);
    (0..count).map(|_| point()).collect()
}

/// The cluster in which a point lies.
fn nearest(point: &[f32; 2]) -> Option<usize> {
    let is_near = |centre: &[f32; 2]| (point[0] - centre[0]).powi(2) + (point[1] - centre[1]).powi(2) < 0.2 * 0.2;
    CENTRES.iter().position(is_near)
}
