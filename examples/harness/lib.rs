//! What every demo shares: its command line, training, the report, and the JSON.
//!
//! A demo is its network, its data and its numbers; see `examples/dense_xor.rs`.

pub mod clusters;
mod demo;
mod device;
mod formats;
mod memory;
pub mod mnist;
mod options;
mod plot;
mod random;
pub mod sequences;
mod steps;
pub mod text;

pub use demo::{Data, Demo, Trained, run};
pub use device::DeviceChoice;
pub use formats::Judged;
pub use memory::measured;
pub use options::{Defaults, Options};
pub use random::Random;
pub use steps::{Learned, Training, run_steps};

use clap::{Args, CommandFactory, FromArgMatches};
use std::process::ExitCode;

/// What a demo may fail with: Loom's errors and the harness's own, each a sentence.
pub type Failure = Box<dyn std::error::Error>;

/// A demo without arguments of its own.
#[derive(Debug, Clone, Args)]
pub struct NoArguments;

/// The command line of a demo: the options of all, and its own.
#[derive(Debug, clap::Parser)]
struct CommandLine<A: Args> {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    own: A,
}

/// Parses the command line, runs the demo, and prints what went wrong, if anything.
pub fn main<A: Args>(defaults: Defaults, demo: impl FnOnce(Options, A) -> Result<(), Failure>) -> ExitCode {
    let command = defaults.apply(CommandLine::<A>::command());
    let matches = command.get_matches();
    let CommandLine { options, own } = match CommandLine::<A>::from_arg_matches(&matches) {
        Ok(line) => line,
        Err(error) => error.exit(),
    };
    match demo(options, own) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
