//! XOR, the least function that needs a hidden layer.

use harness::{Data, Defaults, Failure, NoArguments, Options};
use loom::loss::Accuracy;
use loom::prelude::*;
use std::process::ExitCode;

network! {
    /// Two bits in, the probability that they differ out.
    pub struct Xor {
        Dense<2, 8> -> Relu -> Dense<8, 8> -> Relu -> Dense<8, 1> -> Sigmoid
    }
}

const DEFAULTS: Defaults = Defaults {
    name: "dense_xor",
    about: "learns the exclusive or of two bits from its four cases",
    epochs: 500,
    batch: 4,
    fine_tune: 0,
};

fn main() -> ExitCode {
    harness::main(DEFAULTS, demo)
}

/// Trains on the four cases.
pub fn demo(options: Options, _: NoArguments) -> Result<(), Failure> {
    let inputs = vec![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let cases = Dataset::new(inputs, vec![[0.0], [1.0], [1.0], [0.0]])?;
    let data = Data { test: cases.clone(), training: cases };
    let trainer = options.trainer(Adam::new(0.02), Mse).accuracy(Accuracy::Threshold(0.5));
    harness::run::<Xor, _, _, _, _>(DEFAULTS, &options, &data, &trainer)
}
