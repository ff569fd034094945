//! Memory: a network of gated cells.

use harness::{Defaults, Failure, NoArguments, Options, sequences};
use loom::prelude::*;
use std::process::ExitCode;

network! {
    /// 16 codes of 8 signs in, the scores of the three steps where the marker may stand out.
    pub struct Memory: [16, 8] {
        Lstm<8, 16> -> Flatten -> Dense<256, 64> -> Relu -> Dense<64, 3>
    }
}

const DEFAULTS: Defaults = Defaults {
    name: "lstm_memory",
    about: "finds the step at which a marker stood among distractors",
    epochs: 5,
    batch: 32,
    fine_tune: 0,
};

fn main() -> ExitCode {
    harness::main(DEFAULTS, demo)
}

/// Trains on generated markers.
pub fn demo(options: Options, _: NoArguments) -> Result<(), Failure> {
    let data = sequences::markers(options.seed)?;
    let trainer = options.trainer(AdamW::new(2e-3), CrossEntropy);
    harness::run::<Memory, _, _, _, _>(DEFAULTS, &options, &data, &trainer)
}
