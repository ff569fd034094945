//! Layer normalisation beside root-mean-square normalisation: one network, one data set, two ways to keep values in range.

use harness::clusters::clusters;
use harness::{Defaults, Demo, Failure, NoArguments, Options};
use loom::prelude::*;
use std::process::ExitCode;

network! {
    /// 128 features in, the scores of ten classes out, normalised to mean 0 and variance 1 on the way.
    pub struct ByLayerNorm {
        Dense<128, 128> -> LayerNorm -> Relu -> Dense<128, 64> -> LayerNorm -> Relu -> Dense<64, 10>
    }
}

network! {
    /// 128 features in, the scores of ten classes out, normalised to mean square 1 on the way.
    pub struct ByRmsNorm {
        Dense<128, 128> -> RmsNorm -> Relu -> Dense<128, 64> -> RmsNorm -> Relu -> Dense<64, 10>
    }
}

const DEFAULTS: Defaults = Defaults {
    name: "norm_comparison",
    about: "sorts points with features of widely different scale into ten classes, by two networks",
    epochs: 12,
    batch: 64,
    fine_tune: 0,
};

fn main() -> ExitCode {
    harness::main(DEFAULTS, demo)
}

/// Trains both networks on the same generated clusters.
pub fn demo(options: Options, _: NoArguments) -> Result<(), Failure> {
    let data = clusters::<128>(options.seed, 4)?;
    let trainer = options.trainer(AdamW::new(2e-3), CrossEntropy);
    let mut demo = Demo::new(DEFAULTS, &options)?;
    demo.train::<ByLayerNorm, _, _, _, _>("LayerNorm", &data, &trainer)?;
    demo.train::<ByRmsNorm, _, _, _, _>("RmsNorm", &data, &trainer)?;
    demo.finish()
}
