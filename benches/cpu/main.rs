//! Loom and its peers on the CPU: a training step with Adam, inference of a batch and of one sample, on ten networks.
//!
//!     cargo bench --bench cpu [-- --seconds 0.5 --rounds 5 --json FILE --svg FILE NETWORK..]
//!
//! and matrix products of 256 to 2048 rows, columns and terms (`square256` and so on). Each round asks Loom and every peer in
//! turn for a median; the table has the medians of the rounds, and of the ratios of the times of one round, each side with its
//! better number of threads. PyTorch is asked through `python3`, or the interpreter that
//! `LOOM_PYTHON` names; candle and burn through the program that
//! `cargo build --release --manifest-path benches/peers/Cargo.toml` builds. A peer that is missing is said, and left out.
//!
//! `--memory` prints the peak memory of a process that trains each network for a few steps, Loom's and PyTorch's; `--scaling`
//! what two threads gain in a matrix product, beside what two products at once do.

mod memory;
mod peer;
mod picture;
mod scaling;

use clap::Parser;
use clap::builder::{PossibleValuesParser, RangedU64ValueParser};
use loom::data::Target;
use loom::dtype::F32;
use loom::loss::Loss;
use loom::prelude::*;
use peer::{Peer, median};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

network! {
    struct Xor { Dense<2, 8> -> Tanh -> Dense<8, 8> -> Tanh -> Dense<8, 1> }

    struct Mnist: [1, 28, 28] {
        Flatten -> Dense<784, 784> -> Reshape<1, 28, 28>
            -> Conv2d<1, 8, 3> -> Relu -> Conv2d<8, 16, 3, stride = 2> -> Relu
            -> Flatten -> Dense<2304, 64> -> Relu -> Dense<64, 10>
    }

    struct LeNet: [1, 28, 28] {
        Conv2d<1, 32, 3> -> Relu -> Conv2d<32, 64, 3> -> Relu -> MaxPool2d<2>
            -> Flatten -> Dense<9216, 128> -> Relu -> Dense<128, 10>
    }

    struct Mlp { Dense<784, 512> -> Relu -> Dense<512, 512> -> Relu -> Dense<512, 10> }

    struct Sequence: [1, 32] {
        Conv1d<1, 8, 3, padding = 1> -> Relu -> Conv1d<8, 16, 3, padding = 1, stride = 2> -> Relu
            -> Flatten -> Dense<256, 3>
    }

    struct RnnNet: [16, 8] { Rnn<8, 32> -> Last -> Dense<32, 3> }

    struct LstmNet: [16, 8] { Lstm<8, 32> -> Last -> Dense<32, 3> }

    struct Attention: [16, 64] { MultiHeadAttention<64, 4> -> Dense<64, 64> }

    struct Normed {
        Dense<64, 128> -> LayerNorm -> Relu -> Dense<128, 128> -> LayerNorm -> Relu -> Dense<128, 10>
    }

    struct Gated {
        Dense<256, 512> -> Relu -> SwiGlu<512> -> SwiGlu<512> -> Dense<512, 128> -> Relu -> Dense<128, 10>
    }

    struct Square256 { Dense<256, 256, bias = false> }
    struct Square512 { Dense<512, 512, bias = false> }
    struct Square1024 { Dense<1024, 1024, bias = false> }
    struct Square2048 { Dense<2048, 2048, bias = false> }
}

#[derive(Parser)]
struct Options {
    /// Seconds for each median
    #[arg(long, default_value_t = 0.3, value_parser = seconds)]
    seconds: f64,
    /// Medians of each kind
    #[arg(long, default_value_t = 5, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1000))]
    rounds: usize,
    /// Writes the times of all rounds to a file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// What to measure [default: all]
    #[arg(long, value_name = "WHAT", value_parser = PossibleValuesParser::new(KINDS))]
    what: Vec<String>,
    /// Numbers of threads [default: 1 and 2]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    threads: Vec<usize>,
    /// Measures Loom alone
    #[arg(long)]
    alone: bool,
    /// Draws the ratios into a file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Measures the peak memory of training instead
    #[arg(long)]
    memory: bool,
    /// Measures what two threads gain in matrix products instead
    #[arg(long)]
    scaling: bool,
    /// Trains one network for a few steps and prints the peak memory
    #[arg(long, hide = true, value_name = "NETWORK")]
    memory_of: Option<String>,
    /// Networks to measure [default: all]
    #[arg(hide_possible_values = true, value_parser = PossibleValuesParser::new(NETWORKS.iter().map(|(name, _)| *name)))]
    networks: Vec<String>,
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is measured of a network.
const KINDS: [&str; 3] = ["step", "batch", "sample"];
const THREADS: [usize; 2] = [1, 2];
/// PyTorch's side.
const PYTORCH: &str = "cpu/pytorch.py";

/// A network's calls, by kind and threads.
type Measure = fn(kind: &str, threads: usize, seconds: Duration) -> f64;

const NETWORKS: &[(&str, Measure)] = &[
    ("xor", |kind, threads, seconds| regression::<Xor>(4, kind, threads, seconds)),
    ("mnist", |kind, threads, seconds| classification::<Mnist>(64, 10, kind, threads, seconds)),
    ("lenet", |kind, threads, seconds| classification::<LeNet>(64, 10, kind, threads, seconds)),
    ("mlp", |kind, threads, seconds| classification::<Mlp>(64, 10, kind, threads, seconds)),
    ("conv1d", |kind, threads, seconds| classification::<Sequence>(32, 3, kind, threads, seconds)),
    ("rnn", |kind, threads, seconds| classification::<RnnNet>(32, 3, kind, threads, seconds)),
    ("lstm", |kind, threads, seconds| classification::<LstmNet>(32, 3, kind, threads, seconds)),
    ("mha", |kind, threads, seconds| regression::<Attention>(32, kind, threads, seconds)),
    ("layer_norm", |kind, threads, seconds| classification::<Normed>(32, 10, kind, threads, seconds)),
    ("swiglu", |kind, threads, seconds| classification::<Gated>(32, 10, kind, threads, seconds)),
    ("square256", |kind, threads, seconds| regression::<Square256>(256, kind, threads, seconds)),
    ("square512", |kind, threads, seconds| regression::<Square512>(512, kind, threads, seconds)),
    ("square1024", |kind, threads, seconds| regression::<Square1024>(1024, kind, threads, seconds)),
    ("square2048", |kind, threads, seconds| regression::<Square2048>(2048, kind, threads, seconds)),
];

/// What is measured of a network: of a matrix product, nothing but itself.
fn kinds(network: &str) -> impl Iterator<Item = &'static str> {
    KINDS.into_iter().filter(move |&kind| kind == "batch" || !network.starts_with("square"))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse();
    if let Some(network) = &options.memory_of {
        return memory::of(network);
    }
    let chosen = |of: &[String], name: &str| of.is_empty() || of.iter().any(|other| other == name);
    let threads = if options.threads.is_empty() { THREADS.to_vec() } else { options.threads.clone() };
    let seconds = Duration::from_secs_f64(options.seconds);
    let names = NETWORKS.iter().map(|(name, _)| *name).filter(|name| chosen(&options.networks, name));
    if options.memory {
        return memory::compare(names.filter(|name| !name.starts_with("square")));
    }
    if options.scaling {
        scaling::compare(names.filter(|name| name.starts_with("square")), options.rounds, seconds);
        return Ok(());
    }
    let mut peers = if options.alone { Vec::new() } else { peers() };
    let names: Vec<_> = peers.iter().map(|peer| peer.name.clone()).collect();
    println!("\nmicroseconds, medians of {} rounds of {} s each", options.rounds, options.seconds);
    print!("{:12} {:7} {:>7} {:>11}", "network", "what", "threads", "Loom");
    names.iter().for_each(|name| print!(" {name:>20}"));
    println!("   Loom / the best of each");
    let (mut results, mut ratios) = (Vec::new(), Vec::new());
    for (name, measure) in NETWORKS.iter().filter(|(name, _)| chosen(&options.networks, name)) {
        for kind in kinds(name).filter(|kind| chosen(&options.what, kind)) {
            // Loom first, then the peers. All are asked in turn, so that what else the machine does meets all of them.
            let mut times = vec![vec![Vec::new(); threads.len()]; 1 + peers.len()];
            for _ in 0..options.rounds {
                for (at, &threads) in threads.iter().enumerate() {
                    times[0][at].push(measure(kind, threads, seconds));
                    let question = format!("{name} {kind} {threads} {}", options.seconds);
                    for (peer, times) in peers.iter_mut().zip(&mut times[1..]) {
                        times[at].push(peer.ask(&question).unwrap_or(f64::NAN));
                    }
                }
            }
            for (at, threads) in threads.iter().enumerate() {
                let row: Vec<f64> = times.iter().map(|times| median(&times[at])).collect();
                print!("{name:12} {kind:7} {threads:7} {:11.1}", row[0]);
                row[1..].iter().for_each(|us| print!(" {us:20.1}"));
                println!();
                let rounds: BTreeMap<_, _> = std::iter::once("Loom")
                    .chain(names.iter().map(String::as_str))
                    .zip(times.iter().map(|times| &times[at]))
                    .collect();
                results.push(json!({ "network": name, "what": kind, "threads": threads, "rounds": rounds }));
            }
            // What is missing is NaN, which orders last.
            let best: Vec<_> =
                times.iter().filter_map(|times| times.iter().min_by(|a, b| median(a).total_cmp(&median(b)))).collect();
            let of_peers: Vec<f64> = best[1..].iter().map(|peer| median_ratio(best[0], peer)).collect();
            print!("{name:12} {kind:7} {:>7} {:11.1}", "ratio", median(best[0]));
            of_peers.iter().for_each(|ratio| print!(" {ratio:20.3}"));
            println!();
            ratios.push((format!("{name} {kind}"), of_peers));
        }
    }
    if let Some(path) = &options.svg {
        picture::draw(path, &names, &ratios)?;
    }
    if let Some(path) = &options.json {
        std::fs::write(path, serde_json::to_string_pretty(&results)?)?;
    }
    Ok(())
}

/// The other libraries that are there.
fn peers() -> Vec<Peer> {
    let program = peer::benches().join("peers/target/release/peers");
    let rust = ["candle", "burn"].map(|name| {
        let mut command = Command::new(&program);
        command.arg(name);
        (name, command)
    });
    let all = std::iter::once(("PyTorch", peer::python(PYTORCH))).chain(rust);
    all.filter_map(|(name, command)| Peer::find(name, command)).collect()
}

/// The middle ratio of the times of the same rounds.
fn median_ratio(own: &[f64], other: &[f64]) -> f64 {
    let ratios: Vec<f64> = own.iter().zip(other).map(|(own, other)| own / other).collect();
    median(&ratios)
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=60.0).contains(&seconds) { Ok(seconds) } else { Err("not between 0 and 60".to_owned()) }
}

/// A network with targets of its outputs' shape and the mean squared error.
fn regression<N: Network<Precision = F32>>(batch: usize, kind: &str, threads: usize, seconds: Duration) -> f64
where
    Mse: Loss<N::Output, N::Output>,
    N::Output: Target,
{
    let targets = random::<N::Output>(batch);
    measure::<N, _, _>(&Mse, &targets, kind, threads, seconds)
}

/// A network with a class for each sample and cross-entropy.
fn classification<N: Network<Precision = F32>>(
    batch: usize,
    classes: usize,
    kind: &str,
    threads: usize,
    seconds: Duration,
) -> f64
where
    CrossEntropy: Loss<N::Output, u8>,
{
    let targets: Vec<u8> = (0..batch).map(|i| (i * 7 % classes) as u8).collect();
    measure::<N, _, _>(&CrossEntropy, &targets, kind, threads, seconds)
}

fn measure<N: Network<Precision = F32>, L: Loss<N::Output, Y>, Y: Target>(
    loss: &L,
    targets: &[Y],
    kind: &str,
    threads: usize,
    seconds: Duration,
) -> f64 {
    let cpu = Cpu::new().threads(threads);
    let net = N::new(Seed(42));
    if kind == "memory" {
        memory::planned(N::PLAN, targets.len());
    }
    let inputs = random::<N::Input>(if kind == "sample" { 1 } else { targets.len() });
    if kind != "step" && kind != "memory" {
        let (on_cpu, mut outputs) = (net.on(&cpu), random::<N::Output>(inputs.len()));
        return median_us(seconds, || {
            on_cpu.forward_into(&inputs, &mut outputs).expect("there is an output for each input");
            std::hint::black_box(&mut outputs);
        });
    }
    let (mut tape, mut step) = (Tape::new(net, &cpu).optimizer(Adam::new(1e-3)), 0);
    median_us(seconds, || {
        tape.forward(&inputs, Mode::Training { seed: Seed(0), step }).expect("there is memory");
        tape.loss(loss, targets).expect("the targets fit");
        tape.backward().expect("there is a gradient of the outputs");
        tape.step().expect("there are gradients");
        step += 1;
    })
}

/// Samples of values from 0 to 1.
fn random<S: loom::Sample<Scalar = f32>>(count: usize) -> Vec<S> {
    let mut state = 1_u32;
    let values: Vec<f32> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    })
    .take(count * S::LEN)
    .collect();
    bytemuck::pod_collect_to_vec(&values)
}

fn median_us(seconds: Duration, mut call: impl FnMut()) -> f64 {
    // The first calls make buffers.
    (0..3).for_each(|_| call());
    let (mut times, start) = (Vec::new(), Instant::now());
    while times.len() < 5 || start.elapsed() < seconds {
        let before = Instant::now();
        call();
        times.push(1e6 * before.elapsed().as_secs_f64());
    }
    median(&times)
}
