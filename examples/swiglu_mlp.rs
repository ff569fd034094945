//! Gated layers: a perceptron with SwiGLU blocks.

use harness::clusters::clusters;
use harness::{Defaults, Failure, NoArguments, Options};
use loom::prelude::*;
use std::process::ExitCode;

network! {
    /// 256 features in, the scores of ten classes out.
    pub struct Gated {
        Dense<256, 512> -> Relu -> SwiGlu<512> -> SwiGlu<512> -> Dense<512, 128> -> Relu -> Dense<128, 10>
    }
}

const DEFAULTS: Defaults = Defaults {
    name: "swiglu_mlp",
    about: "sorts points of a curved surface into ten classes, through gated layers",
    epochs: 6,
    batch: 64,
    fine_tune: 0,
};

fn main() -> ExitCode {
    harness::main(DEFAULTS, demo)
}

/// Trains on generated clusters.
pub fn demo(options: Options, _: NoArguments) -> Result<(), Failure> {
    let data = clusters::<256>(options.seed, 0)?;
    let trainer = options.trainer(AdamW::new(1e-3), CrossEntropy);
    let steps = trainer.steps(data.training.len());
    let trainer = trainer.schedule(Schedule::one_cycle(steps, 0.3));
    harness::run::<Gated, _, _, _, _>(DEFAULTS, &options, &data, &trainer)
}
