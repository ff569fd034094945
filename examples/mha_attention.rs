//! Attention: which place repeats the first.

use harness::{Defaults, Failure, NoArguments, Options, sequences};
use loom::prelude::*;
use std::process::ExitCode;

network! {
    /// 8 symbols with their places in, the scores of the four places that may repeat the first out.
    pub struct Attention: [8, 64] {
        MultiHeadAttention<64, 4> -> Flatten -> Dense<512, 64> -> Relu -> Dense<64, 4>
    }
}

const DEFAULTS: Defaults = Defaults {
    name: "mha_attention",
    about: "finds the place that repeats the symbol at the first one",
    epochs: 10,
    batch: 32,
    fine_tune: 0,
};

fn main() -> ExitCode {
    harness::main(DEFAULTS, demo)
}

/// Trains on generated rows of symbols.
pub fn demo(options: Options, _: NoArguments) -> Result<(), Failure> {
    let data = sequences::repeats(options.seed)?;
    let trainer = options.trainer(AdamW::new(1e-3), CrossEntropy);
    harness::run::<Attention, _, _, _, _>(DEFAULTS, &options, &data, &trainer)
}
