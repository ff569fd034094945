//! Handwritten digits: a convolutional network on the full MNIST database.

use harness::mnist::Arguments;
use harness::{Data, Defaults, Failure, Options};
use loom::prelude::*;
use std::process::ExitCode;

network! {
    /// A grey image of 28 x 28 in, the scores of the ten digits out.
    pub struct Digits: [1, 28, 28] {
        Flatten -> Dense<784, 784> -> Reshape<1, 28, 28>
            -> conv1: Conv2d<1, 8, 3> -> Relu
            -> conv2: Conv2d<8, 16, 3, stride = 2> -> Relu
            -> Flatten
            -> Dense<2304, 64> -> Relu
            -> Dense<64, 10>
    }
}

const DEFAULTS: Defaults = Defaults {
    name: "conv2d_mnist",
    about: "learns to read handwritten digits from 60,000 images",
    epochs: 4,
    batch: 64,
    fine_tune: 1,
};

fn main() -> ExitCode {
    harness::main(DEFAULTS, demo)
}

/// Trains on the images of a folder.
pub fn demo(options: Options, arguments: Arguments) -> Result<(), Failure> {
    let [training, test] = harness::mnist::load(arguments.data.as_deref())?;
    // Weights that are drawn towards 0 also lose less in the small formats.
    let trainer = options.trainer(AdamW::new(2e-3).weight_decay(0.3), CrossEntropy);
    let steps = trainer.steps(training.len());
    let trainer = trainer.schedule(Schedule::one_cycle(steps, 0.3));
    harness::run::<Digits, _, _, _, _>(DEFAULTS, &options, &Data { training, test }, &trainer)
}
