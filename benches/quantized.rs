//! Inference of one sample from packed weights beside F32: time, and what the network holds.
//!
//!     cargo bench --bench quantized [-- --seconds 0.1 --rounds 9 --threads 1]
//!
//! Each round measures the network in F32 and in the format, one after the other; the table has the medians of the rounds' times and
//! the median of their ratios.

use clap::Parser;
use harness::measured;
use loom::dtype::{DType, F32, Format, Visitor};
use loom::prelude::*;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

network! {
    struct Mlp { Dense<784, 512> -> Relu -> Dense<512, 512> -> Relu -> Dense<512, 10> }

    struct Gated {
        Dense<256, 512> -> Relu -> SwiGlu<512> -> SwiGlu<512> -> Dense<512, 128> -> Relu -> Dense<128, 10>
    }
}

#[derive(Parser)]
struct Options {
    /// Seconds for each median
    #[arg(long, default_value_t = 0.1)]
    seconds: f64,
    /// Times that F32 and the format take turns
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// Threads
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// What `cargo bench` passes
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let options = Options::parse();
    println!("network  format   us/sample   F32 us  ratio       bytes        file");
    compare_all(&Mlp::new(Seed(42)), &options);
    compare_all(&Gated::new(Seed(42)), &options);
}

fn compare_all<N: Network<Precision = F32>>(net: &N, options: &Options) {
    let path = std::env::temp_dir().join(format!("loom-quantized-{}.safetensors", std::process::id()));
    for format in Format::ALL {
        format.visit(Compare { net, path: &path, options });
    }
    // Nobody reads it again.
    let _ = std::fs::remove_file(path);
}

struct Compare<'a, N> {
    net: &'a N,
    path: &'a Path,
    options: &'a Options,
}

impl<N: Network<Precision = F32>> Visitor for Compare<'_, N> {
    type Output = ();

    fn visit<D: DType>(self) {
        let Compare { net, path, options } = self;
        net.quantize::<D>().expect("the weights are finite").save(path).expect("the file can be written");
        let (small, held) = measured(|| N::load_as::<D>(path).expect("the file is sound"));
        let file = std::fs::metadata(path).expect("the file was written").len();
        let (cpu, seconds) = (Cpu::new().threads(options.threads), Duration::from_secs_f64(options.seconds));
        let mut input = N::Input::zeroed_box();
        N::Input::flat_mut(std::slice::from_mut(&mut *input)).fill(0.5);
        let (plain, packed) = (net.on(&cpu), small.on(&cpu));
        let (mut times, mut plain_times, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..options.rounds {
            let expected = median_us(seconds, || plain.forward(black_box(&input)));
            let found = median_us(seconds, || packed.forward(black_box(&input)));
            plain_times.push(expected);
            times.push(found);
            ratios.push(found / expected);
        }
        println!(
            "{:8} {:6} {:11.2} {:8.2} {:6.3} {held:11} {file:11}",
            N::PLAN.name,
            D::NAME,
            median(times),
            median(plain_times),
            median(ratios)
        );
    }
}

fn median_us<O>(seconds: Duration, mut call: impl FnMut() -> O) -> f64 {
    for _ in 0..3 {
        black_box(call());
    }
    let (mut times, start) = (Vec::new(), Instant::now());
    while times.len() < 5 || start.elapsed() < seconds {
        let before = Instant::now();
        black_box(call());
        times.push(1e6 * before.elapsed().as_secs_f64());
    }
    median(times)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
