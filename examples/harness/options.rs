//! The options that every demo takes.

use crate::DeviceChoice;
use clap::builder::RangedU64ValueParser;
use clap::{Args, Command};
use loom::optim::Optimizer;
use loom::prelude::*;
use std::path::PathBuf;

/// The options that every demo takes.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Seed of the initial weights, the order of samples, and generated data
    #[arg(long, value_name = "N")]
    pub seed: u64,
    /// Times through the training data
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000_000))]
    pub epochs: usize,
    /// Samples in a batch
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000_000))]
    pub batch: usize,
    /// Times through the training data to fine-tune the F4 network for the outputs of the F32 one; 0 for none
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(0..=1_000_000))]
    pub fine_tune: usize,
    /// The most samples to train on, and to test with [default: all]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000_000))]
    pub samples: Option<usize>,
    /// Threads [default: one for each processor]; changes no bit of the result
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    pub threads: Option<usize>,
    /// Where to train [default: on both where there is a GPU, else on the CPU]
    #[arg(long, value_enum, value_name = "DEVICE")]
    pub device: Option<DeviceChoice>,
    /// Where to save the trained weights
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Writes the results as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Draws loss and accuracy over the epochs, as SVG
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
}

/// A demo's name and its numbers.
#[derive(Debug, Clone, Copy)]
pub struct Defaults {
    /// Its name, which names its files.
    pub name: &'static str,
    /// What it shows, in a sentence.
    pub about: &'static str,
    /// Times through the training data.
    pub epochs: usize,
    /// Samples in a batch.
    pub batch: usize,
    /// Times through the training data to fine-tune the F4 network; 0 for none.
    pub fine_tune: usize,
}

impl Defaults {
    /// The command line with these defaults.
    pub(crate) fn apply(self, command: Command) -> Command {
        let out = format!("target/demos/{}.safetensors", self.name);
        let defaults = [
            ("seed", "42".to_owned()),
            ("epochs", self.epochs.to_string()),
            ("batch", self.batch.to_string()),
            ("fine_tune", self.fine_tune.to_string()),
            ("out", out),
        ];
        let command = command.name(self.name).about(self.about);
        // A default also lifts the requirement that the derived argument came with.
        defaults.into_iter().fold(command, |command, (name, value)| {
            command.mut_arg(name, |arg| arg.default_value(value).required(false))
        })
    }
}

impl Options {
    /// The device.
    pub fn cpu(&self) -> Cpu {
        let cpu = Cpu::new();
        match self.threads {
            Some(threads) => cpu.threads(threads),
            None => cpu,
        }
    }

    /// A trainer with these options.
    pub fn trainer<O: Optimizer, L>(&self, optimizer: O, loss: L) -> Trainer<O, L> {
        Trainer::new(optimizer, loss)
            .batch(self.batch)
            .epochs(self.epochs)
            .seed(Seed(self.seed))
            .on(&self.cpu())
            .progress()
    }
}
