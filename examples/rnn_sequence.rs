//! Patterns in time: a recurrent network.

use harness::{Defaults, Failure, NoArguments, Options, sequences};
use loom::prelude::*;
use std::process::ExitCode;

network! {
    /// 16 steps of 8 channels in, the scores of falling, rising and oscillating out.
    pub struct Pattern: [16, 8] {
        Rnn<8, 16> -> Flatten -> Dense<256, 64> -> Relu -> Dense<64, 3>
    }
}

const DEFAULTS: Defaults = Defaults {
    name: "rnn_sequence",
    about: "tells falling, rising and oscillating sequences apart",
    epochs: 5,
    batch: 32,
    fine_tune: 0,
};

fn main() -> ExitCode {
    harness::main(DEFAULTS, demo)
}

/// Trains on generated patterns.
pub fn demo(options: Options, _: NoArguments) -> Result<(), Failure> {
    let data = sequences::patterns(options.seed)?;
    let trainer = options.trainer(AdamW::new(1e-3), CrossEntropy);
    harness::run::<Pattern, _, _, _, _>(DEFAULTS, &options, &data, &trainer)
}
