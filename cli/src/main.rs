//! The command-line tool `loom`: what is in a safetensors file, and its weights in another number format.

mod arguments;
mod convert;
mod inspect;
mod text;

use arguments::{Arguments, Command};
use clap::Parser;
use std::io::{self, Write};
use std::process::ExitCode;

/// What arguments that contradict each other end with, as clap's own errors do.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let outcome = match &Arguments::parse().command {
        Command::Inspect(arguments) => inspect::run(arguments),
        Command::Convert(arguments) => convert::run(arguments),
    };
    let (code, message) = match outcome {
        Ok(text) => match print(&text) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(error) => (ExitCode::FAILURE, format!("cannot write to the standard output: {error}")),
        },
        Err(Failure::Usage(message)) => (ExitCode::from(USAGE), message),
        Err(Failure::File(error)) => (ExitCode::FAILURE, error.to_string()),
    };
    eprintln!("error: {}", text::printable(&message));
    code
}

/// Why there is no result.
enum Failure {
    /// The arguments contradict each other.
    Usage(String),
    /// A file cannot be read, converted or written.
    File(loom::Error),
}

impl From<loom::Error> for Failure {
    fn from(error: loom::Error) -> Self {
        Failure::File(error)
    }
}

/// Prints a result. A reader that has read enough, as `head` has, is no failure.
fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
