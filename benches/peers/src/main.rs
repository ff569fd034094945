//! candle's and burn's side of `cargo bench --bench cpu`: measures what it is asked for, line by line.
//!
//!     peers candle
//!     peers burn
//!
//! A line "NETWORK KIND THREADS SECONDS" on the standard input, with KIND one of step, batch and sample, is answered by
//! the median time of one call in microseconds, or by what is missing. The networks are those of benches/cpu/main.rs.
//!
//! Both libraries compute on rayon's threads, whose number is read once in a process, so that each number of threads
//! gets a process of its own, with the number in its environment:
//! - candle's `get_num_threads`, by which it asks gemm for threads and sizes its rayon pool, is `RAYON_NUM_THREADS`, and
//!   the number of physical cores without it. Its other pool, for long element-wise operations, puts
//!   `CANDLE_NUM_THREADS` first.
//! - burn's flex backend computes in rayon's global pool, which has `RAYON_NUM_THREADS` threads, and asks gemm for as
//!   many as that.

mod burn;
mod candle;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::error::Error;
use std::io::{self, BufRead, BufReader, Write};
use std::num::NonZero;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// What is measured of a network.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// A training step with Adam
    Step,
    /// Inference of a batch
    Batch,
    /// Inference of one sample
    Sample,
}

/// The median microseconds of a call, or what is missing.
type Answer = Result<f64, String>;
type Measure = fn(network: &str, kind: Kind, seconds: Duration) -> Answer;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["candle"] => serve("candle", "candle-core"),
        ["burn"] => serve("burn", "burn"),
        ["candle", "worker"] => work(candle::measure),
        ["burn", "worker"] => work(burn::measure),
        _ => Err("usage: peers candle | burn".into()),
    }
}

/// Passes each question on to the worker with its number of threads.
fn serve(library: &str, package: &str) -> Result<(), Box<dyn Error>> {
    println!("{library} {}", version(package).ok_or("the version is not locked")?);
    let mut workers = HashMap::new();
    for question in io::stdin().lines() {
        let question = question?;
        let threads = question.split_whitespace().nth(2).and_then(|threads| threads.parse().ok());
        let Some(threads) = threads else {
            println!("threads");
            continue;
        };
        let worker = match workers.entry(threads) {
            Entry::Occupied(worker) => worker.into_mut(),
            Entry::Vacant(place) => place.insert(Worker::start(library, threads)?),
        };
        if let Some(answer) = worker.ask(&question) {
            println!("{answer}");
        } else {
            println!("failed");
            workers.remove(&threads);
        }
    }
    Ok(())
}

fn version(package: &str) -> Option<&'static str> {
    let (_, rest) = include_str!("../Cargo.lock").split_once(&format!("name = \"{package}\"\nversion = \""))?;
    rest.split('"').next()
}

/// A process of this program with its own number of threads.
struct Worker {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    fn start(library: &str, threads: NonZero<usize>) -> Result<Worker, Box<dyn Error>> {
        let mut process = Command::new(std::env::current_exe()?)
            .args([library, "worker"])
            .env("RAYON_NUM_THREADS", threads.to_string())
            .env("CANDLE_NUM_THREADS", threads.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(questions), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("a worker without pipes".into());
        };
        Ok(Worker { process, questions, answers: BufReader::new(answers) })
    }

    fn ask(&mut self, question: &str) -> Option<String> {
        writeln!(self.questions, "{question}").ok()?;
        (&mut self.answers).lines().next()?.ok()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Answers questions in this process.
fn work(measure: Measure) -> Result<(), Box<dyn Error>> {
    for question in io::stdin().lines() {
        match answer(measure, &question?) {
            Ok(us) => println!("{us:.3}"),
            Err(missing) => println!("{}", missing.replace('\n', " ")),
        }
    }
    Ok(())
}

fn answer(measure: Measure, question: &str) -> Answer {
    let words: Vec<_> = question.split_whitespace().collect();
    let [network, kind, _, seconds] = words[..] else { return Err("malformed".into()) };
    let kind = match kind {
        "step" => Kind::Step,
        "batch" => Kind::Batch,
        "sample" => Kind::Sample,
        _ => return Err("kind".into()),
    };
    let seconds = seconds.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    measure(network, kind, seconds.ok_or("seconds")?)
}

fn median_us(seconds: Duration, mut call: impl FnMut()) -> f64 {
    (0..3).for_each(|_| call());
    let (mut times, start) = (Vec::new(), Instant::now());
    while times.len() < 5 || start.elapsed() < seconds {
        let before = Instant::now();
        call();
        times.push(1e6 * before.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    (times[(times.len() - 1) / 2] + times[times.len() / 2]) / 2.0
}
