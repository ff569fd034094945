//! Demos whose training steps are their own.

use crate::demo::{create_parent, write};
use crate::plot::plot;
use crate::{Defaults, Failure, Options};
use loom::dtype::F32;
use loom::prelude::*;
use loom::{Epoch, Fingerprint, History, Score};
use serde_json::{Value, json};
use std::fs;
use std::time::{Duration, Instant};

/// A demo's training, on any device.
pub trait Training {
    /// Whether it has a data set, of which `--samples` takes a part.
    const HAS_DATA: bool;

    /// Trains from the options' seed on.
    fn train(&self, options: &Options, device: &impl Device) -> Result<Learned, Failure>;
}

/// What training gave.
pub struct Learned {
    networks: Vec<Saved>,
    /// Of each epoch.
    pub scores: Vec<Score>,
    /// What the networks can do, in a sentence.
    pub result: String,
}

/// A network and its file.
struct Saved {
    name: &'static str,
    parameters: usize,
    fingerprint: Fingerprint,
    bytes: Vec<u8>,
}

impl Learned {
    /// What training gave beside networks.
    pub fn new(scores: Vec<Score>, result: String) -> Self {
        Learned { networks: Vec::new(), scores, result }
    }

    /// The same with a network of this name.
    pub fn with<N: Network<Precision = F32>>(mut self, name: &'static str, net: &N) -> Result<Self, Failure> {
        let (parameters, fingerprint, bytes) = (N::PLAN.parameters(), net.fingerprint(), net.to_bytes()?);
        self.networks.push(Saved { name, parameters, fingerprint, bytes });
        Ok(self)
    }
}

/// A demo with steps of its own: trains on each device, compares and saves the networks, and prints what came of it.
pub fn run_steps<T: Training>(defaults: Defaults, options: &Options, training: &T) -> Result<(), Failure> {
    if options.fine_tune > 0 {
        return Err(format!("{} has no F4 network: `--fine-tune` is for other demos", defaults.name).into());
    }
    if options.samples.is_some() && !T::HAS_DATA {
        return Err(format!("{} has no data set: `--samples` is for other demos", defaults.name).into());
    }
    println!("{}: {}", defaults.name, defaults.about);
    println!("  training   {} epochs, batches of {}, seed {}", options.epochs, options.batch, options.seed);
    let devices = options.devices()?;
    let timed = |learn: &dyn Fn() -> Result<Learned, Failure>| -> Result<_, Failure> {
        let start = Instant::now();
        Ok((learn()?, start.elapsed().as_secs_f64()))
    };
    let by_cpu = devices.cpu_trains.then(|| timed(&|| training.train(options, &devices.cpu))).transpose()?;
    #[cfg(feature = "gpu")]
    let by_gpu = devices.gpu.as_ref().map(|gpu| timed(&|| training.train(options, gpu))).transpose()?;
    #[cfg(not(feature = "gpu"))]
    let by_gpu: Option<(Learned, f64)> = None;

    let (learned, seconds) = by_cpu.as_ref().or(by_gpu.as_ref()).expect("a demo trains on one device at least");
    println!("  trained    in {seconds:.1} s");
    println!("  result     {}", learned.result);
    let mut networks = Vec::new();
    for (i, saved) in learned.networks.iter().enumerate() {
        let Saved { name, parameters, fingerprint, bytes } = saved;
        let out = options.out.with_extension(format!("{}.safetensors", name.to_lowercase()));
        create_parent(&out)?;
        fs::write(&out, bytes).map_err(|error| format!("cannot write `{}`: {error}", out.display()))?;
        println!("  {:<10} {parameters} parameters, {fingerprint}", name.to_lowercase());
        let parity: Option<Value> = by_cpu.as_ref().zip(by_gpu.as_ref()).map(|((cpu, _), (gpu, seconds))| {
            let fingerprints = [cpu, gpu].map(|learned| learned.networks[i].fingerprint.to_string());
            let agree = fingerprints[0] == fingerprints[1];
            println!("  on the GPU {}, in {seconds:.1} s", if agree { "the same bits" } else { "other bits" });
            json!({ "cpu_fingerprint": fingerprints[0], "gpu_fingerprint": fingerprints[1] })
        });
        networks.push(json!({
            "network": name,
            "parameters": parameters,
            "fingerprint": fingerprint.to_string(),
            "seconds": seconds,
            "parity": parity,
        }));
    }
    let history = learned.history();
    let plotted = options.plot.as_deref().map(|path| write(path, &plot(defaults.name, &[(defaults.name, &history)])?));
    let reported = options.json.as_deref().map(|path| {
        let last = learned.scores.last();
        let report = json!({
            "demo": defaults.name,
            "seed": options.seed,
            "epochs": options.epochs,
            "batch": options.batch,
            "networks": networks,
            "loss": last.map(|score| score.loss),
            "accuracy": last.and_then(|score| score.accuracy),
            "result": learned.result,
        });
        write(path, &format!("{report:#}\n"))
    });
    plotted.into_iter().chain(reported).collect()
}

impl Learned {
    fn history(&self) -> History {
        let epoch = |(number, score): (usize, &Score)| Epoch {
            number: number + 1,
            training: score.clone(),
            validation: None,
            learning_rate: 0.0,
            duration: Duration::ZERO,
        };
        History { epochs: self.scores.iter().enumerate().map(epoch).collect(), stopped_early: false }
    }
}
