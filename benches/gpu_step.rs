//! One training step of the MNIST network on a GPU: how long each dispatch takes, how long the step takes, and how long
//! PyTorch takes for it on the same GPU.
//!
//!     cargo bench --bench gpu_step [FOLDER OF MNIST]
//!
//! PyTorch is asked through `python3`, or the interpreter that `LOOM_PYTHON` names; where it or its CUDA is missing, that is said.

use harness::mnist;
use loom::prelude::*;
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

network! {
    struct Digits: [1, 28, 28] {
        Flatten -> Dense<784, 784> -> Reshape<1, 28, 28>
            -> conv1: Conv2d<1, 8, 3> -> Relu
            -> conv2: Conv2d<8, 16, 3, stride = 2> -> Relu
            -> Flatten
            -> Dense<2304, 64> -> Relu
            -> Dense<64, 10>
    }
}

const BATCH: usize = 64;
/// Single steps that are profiled, and epochs that are timed, after one that is not.
const PROFILES: usize = 101;
const EPOCHS: usize = 7;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gpu = Gpu::new()?;
    println!("{}, {}", gpu.adapter(), gpu.exactness());
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let [training, _] = mnist::load(folder.as_deref().map(Path::new))?;
    let trainer = Trainer::new(AdamW::new(2e-3).weight_decay(0.3), CrossEntropy).batch(BATCH).on(&gpu);

    let net = Digits::new(Seed(42));
    let profiles = (0..PROFILES).map(|_| trainer.profile(&net, &training)).collect::<Result<Vec<_>, _>>()?;
    println!("\none step by the GPU's clock, medians of {PROFILES}:\n  layer    kernel            us");
    let mut total = 0.0;
    for (i, timing) in profiles[0].iter().enumerate() {
        let median = median(profiles.iter().map(|profile| profile[i].microseconds).collect());
        println!("  {:8} {:15} {median:6.1}", timing.layer, timing.kernel);
        total += median;
    }
    println!("  {:24} {total:6.1}", "sum");

    let mut net = Digits::new(Seed(42));
    let steps = training.len().div_ceil(BATCH);
    let history = trainer.epochs(EPOCHS + 1).fit(&mut net, &training)?;
    let durations = history.epochs[1..].iter().map(|epoch| 1e6 * epoch.duration.as_secs_f64() / steps as f64);
    let loom = median(durations.collect());
    println!("\na step of training, medians of {EPOCHS} epochs:\n  Loom                 {loom:7.1} us");

    let python = std::env::var_os("LOOM_PYTHON").unwrap_or_else(|| "python3".into());
    let mut script = Command::new(python)
        .args(["-", &BATCH.to_string(), &EPOCHS.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    script.stdin.take().expect("it is piped").write_all(include_bytes!("gpu_step.py"))?;
    let output = script.wait_with_output()?;
    let Ok(Value::Object(results)) = serde_json::from_slice(&output.stdout) else {
        println!("  no PyTorch with CUDA to compare with");
        return Ok(());
    };
    for (name, us) in &results {
        let us = us.as_f64().unwrap_or(f64::NAN);
        println!("  {name:20} {us:7.1} us   Loom / PyTorch = {:.2}", loom / us);
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
