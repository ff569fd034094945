//! Trends: convolutions over the steps of a sequence.

use harness::{Defaults, Failure, NoArguments, Options, sequences};
use loom::prelude::*;
use std::process::ExitCode;

network! {
    /// 32 steps in, the scores of falling and rising out.
    pub struct Trend {
        Dense<32, 32> -> Reshape<1, 32>
            -> Conv1d<1, 8, 3, padding = 1> -> Relu
            -> Conv1d<8, 16, 3, padding = 1> -> Relu
            -> Flatten
            -> Dense<512, 64> -> Relu -> Dense<64, 16> -> Relu -> Dense<16, 2>
    }
}

const DEFAULTS: Defaults = Defaults {
    name: "conv1d_sequence",
    about: "tells rising from falling sequences, in waves and noise",
    epochs: 5,
    batch: 32,
    fine_tune: 0,
};

fn main() -> ExitCode {
    harness::main(DEFAULTS, demo)
}

/// Trains on generated trends.
pub fn demo(options: Options, _: NoArguments) -> Result<(), Failure> {
    let data = sequences::trends(options.seed)?;
    let trainer = options.trainer(AdamW::new(1e-3), CrossEntropy);
    harness::run::<Trend, _, _, _, _>(DEFAULTS, &options, &data, &trainer)
}
