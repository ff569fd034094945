//! The other libraries: programs that time the same calls, and answer over a pipe.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A program that measures what it is asked for: a line such as "NETWORK KIND THREADS SECONDS" is answered by a line with
/// microseconds, or with what is missing. Its first line is its name.
pub struct Peer {
    pub name: String,
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// A peer of this name, where it is there; else it is said.
    pub fn find(name: &str, command: Command) -> Option<Peer> {
        let peer = Peer::start(command);
        if peer.is_none() {
            println!("{name} is missing: it is left out");
        }
        peer
    }

    fn start(mut command: Command) -> Option<Peer> {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let (questions, answers) = (process.stdin.take()?, process.stdout.take()?);
        let mut peer = Peer { name: String::new(), process, questions, answers: BufReader::new(answers) };
        peer.name = peer.line()?;
        Some(peer)
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line).ok()?;
        let line = line.trim_end();
        (!line.is_empty()).then(|| line.to_owned())
    }

    /// The median time of a call, if the peer knows what is asked for.
    pub fn ask(&mut self, question: &str) -> Option<f64> {
        writeln!(self.questions, "{question}").ok()?;
        self.questions.flush().ok()?;
        self.line()?.parse().ok()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// PyTorch's side: a script of `benches`.
pub fn python(script: &str) -> Command {
    let mut python = Command::new(std::env::var_os("LOOM_PYTHON").unwrap_or_else(|| "python3".into()));
    python.arg(benches().join(script));
    python
}

/// The folder `benches`.
pub fn benches() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches")
}

/// The middle one of some values, or of two the greater.
pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
