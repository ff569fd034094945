//! Ten expressions beside the loops that one would write by hand, and beside PyTorch, eager and through `torch.compile`.
//!
//!     cargo bench --bench expressions [-- --seconds 0.01 --rounds 21 --activations EXPRESSION..]
//!
//! Loom's side is a network of one function, on a [`Tape`] with one thread. A call takes the samples in and gives the outputs; forward
//! and backward, the gradients of the inputs too. The loops by hand read and write buffers that are there. So what the same calls take of
//! a network without the function is measured too, and left out where Loom is compared with the loops. Both have the same bits, or the
//! benchmark panics. Each round measures all sides in turn; the table has the medians of the rounds, and of the ratios within a round.
//!
//! `--activations` compares the layers that are activations with the same functions as expressions instead, in the same way.
//!
//! PyTorch is asked through `python3`, or the interpreter that `LOOM_PYTHON` names; `torch.compile` needs a C++ compiler.

mod by_hand;
#[path = "../cpu/peer.rs"]
mod peer;

use by_hand::{Buffers, ByHand};
use clap::Parser;
use loom::dtype::F32;
use loom::prelude::*;
use peer::{Peer, median};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Samples, and values of each.
const BATCH: usize = 64;
const LEN: usize = 1024;

network! {
    fn mish(x) { x * tanh(softplus(x)) }
    fn hard_swish(x) { x * clamp(x + 3.0, 0.0, 6.0) / 6.0 }
    fn gelu(x) { 0.5 * x * (1.0 + erf(x * sqrt(0.5))) }
    fn snake(x) { x + square(sin(x)) }
    fn rbf<C>(x, centre: Param<[C]>) { exp(-0.5 * square(x - centre)) }
    fn layer_scale<C>(x, scale: Param<[C]>) { x * scale }
    fn leaky(x) { select(x < 0.0, 0.1 * x, x) }

    struct Mish: [1024] { mish }
    struct HardSwish: [1024] { hard_swish }
    struct Gelus: [1024] { gelu }
    struct Snake: [1024] { snake }
    struct Gate: [2048] {
        let (a, b) = Split<1024, 1024>;
        tanh(a) * sigmoid(b)
    }
    struct Rbf: [1024] { rbf<1024> }
    struct LayerScale: [1024] { layer_scale<1024> }
    struct Leaky: [1024] { leaky }
    struct Softmaxes: [16, 64] { softmax(input, axis = 1) }
    struct Energy: [16, 64] { sum(square(input), axis = 1) }

    fn own_relu(x) { relu(x) }
    fn own_leaky_relu(x) { select(x > 0.0, x, 0.01 * x) }
    fn own_sigmoid(x) { sigmoid(x) }
    fn own_tanh(x) { tanh(x) }
    fn own_silu(x) { x * sigmoid(x) }
    fn own_gelu(x) { x * normal_cdf(x) }
    fn own_gelu_tanh(x) { 0.5 * x * (1.0 + tanh(0.797884561 * (x + 0.044715 * x * x * x))) }

    struct LayerRelu: [1024] { Relu }
    struct OwnRelu: [1024] { own_relu }
    struct LayerLeakyRelu: [1024] { LeakyRelu }
    struct OwnLeakyRelu: [1024] { own_leaky_relu }
    struct LayerSigmoid: [1024] { Sigmoid }
    struct OwnSigmoid: [1024] { own_sigmoid }
    struct LayerTanh: [1024] { Tanh }
    struct OwnTanh: [1024] { own_tanh }
    struct LayerSilu: [1024] { Silu }
    struct OwnSilu: [1024] { own_silu }
    struct LayerGelu: [1024] { Gelu }
    struct OwnGelu: [1024] { own_gelu }
    struct LayerGeluTanh: [1024] { GeluTanh }
    struct OwnGeluTanh: [1024] { own_gelu_tanh }
    struct LayerBehindDense: [64, 16] { Dense<16, 16> -> Relu }
    struct OwnBehindDense: [64, 16] { Dense<16, 16> -> own_relu }

    // What the others are beside the function.
    struct Nothing: [1024] { Flatten }
    struct OnlyDense: [64, 16] { Dense<16, 16> }
    struct Halves: [2048] {
        let (a, b) = Split<1024, 1024>;
        a + b
    }
}

#[derive(Parser)]
struct Options {
    /// Seconds for each median
    #[arg(long, default_value_t = 0.01)]
    seconds: f64,
    /// Times that all sides take turns
    #[arg(long, default_value_t = 21)]
    rounds: usize,
    /// Compares activations with the same functions as expressions instead
    #[arg(long)]
    activations: bool,
    /// Expressions to measure [default: all]
    expressions: Vec<String>,
    /// What `cargo bench` passes
    #[arg(long, hide = true)]
    bench: bool,
}

const KINDS: [&str; 2] = ["forward", "both"];

fn main() {
    let options = Options::parse();
    if options.activations {
        return activations(&options);
    }
    let mut torch = Peer::find("PyTorch", peer::python("expressions/pytorch.py"));
    println!("microseconds for {BATCH} samples of {LEN} values, medians of {} rounds", options.rounds);
    println!(
        "expression   kind       Loom: call  function    by hand  ratio      eager  call/eager   compiled  call/compiled"
    );
    let nothing = (Side::<Nothing>::new as fn() -> Side<Nothing>, None);
    let mut compare = Compare { options: &options, torch: &mut torch };
    compare.one::<Mish, _>("mish", by_hand::MISH, nothing);
    compare.one::<HardSwish, _>("hard_swish", by_hand::HARD_SWISH, nothing);
    compare.one::<Gelus, _>("gelu", by_hand::GELU, nothing);
    compare.one::<Snake, _>("snake", by_hand::SNAKE, nothing);
    compare.one::<Gate, _>("gate", by_hand::GATE, (Side::<Halves>::new, Some(by_hand::ADD)));
    compare.one::<Rbf, _>("rbf", by_hand::RBF, nothing);
    compare.one::<LayerScale, _>("layer_scale", by_hand::LAYER_SCALE, nothing);
    compare.one::<Leaky, _>("leaky", by_hand::LEAKY, nothing);
    compare.one::<Softmaxes, _>("softmax", by_hand::SOFTMAX, nothing);
    compare.one::<Energy, _>("energy", by_hand::ENERGY, nothing);
}

fn activations(options: &Options) {
    println!("activation    kind            layer expression  ratio  bits");
    activation::<LayerRelu, OwnRelu, Nothing>("relu", options);
    activation::<LayerBehindDense, OwnBehindDense, OnlyDense>("behind dense", options);
    activation::<LayerLeakyRelu, OwnLeakyRelu, Nothing>("leaky_relu", options);
    activation::<LayerSigmoid, OwnSigmoid, Nothing>("sigmoid", options);
    activation::<LayerTanh, OwnTanh, Nothing>("tanh", options);
    activation::<LayerSilu, OwnSilu, Nothing>("silu", options);
    activation::<LayerGelu, OwnGelu, Nothing>("gelu", options);
    activation::<LayerGeluTanh, OwnGeluTanh, Nothing>("gelu_tanh", options);
}

/// A layer beside the same function as an expression, and beside what the networks are without it.
fn activation<L, E, B>(name: &str, options: &Options)
where
    L: Network<Precision = F32>,
    E: Network<Precision = F32>,
    B: Network<Precision = F32>,
{
    let (mut layer, mut own, mut base) = (Side::<L>::new(), Side::<E>::new(), Side::<B>::new());
    let seconds = Duration::from_secs_f64(options.seconds);
    let bits = if layer.bits() == own.bits() { "same" } else { "others" };
    for kind in KINDS {
        let mut rows: Vec<[f64; 3]> = Vec::new();
        for _ in 0..options.rounds {
            let beside = median_us(seconds, || base.call(kind));
            let layer = median_us(seconds, || layer.call(kind)) - beside;
            let own = median_us(seconds, || own.call(kind)) - beside;
            rows.push([layer, own, own / layer]);
        }
        let [layer, own, ratio] = [0, 1, 2].map(|at| median(&rows.iter().map(|row| row[at]).collect::<Vec<_>>()));
        println!("{name:13} {kind:10} {layer:10.1} {own:10.1} {ratio:6.2}  {bits}");
    }
}

/// A network of Loom's.
struct Side<N: Network<Precision = F32>> {
    tape: Tape<N>,
    inputs: Vec<N::Input>,
    d_outputs: Vec<N::Output>,
}

impl<N: Network<Precision = F32>> Side<N> {
    fn new() -> Self {
        let mut net = N::new(Seed(42));
        let params = net.weights_mut().values_mut();
        let len = params.len();
        params.copy_from_slice(&random(len, 7));
        let inputs = N::Input::vec_from_flat(random(BATCH * N::Input::LEN, 1)).expect("they are whole samples");
        let d_outputs = N::Output::vec_from_flat(random(BATCH * N::Output::LEN, 2)).expect("they are whole samples");
        Side { tape: Tape::new(net, &Cpu::new().threads(1)), inputs, d_outputs }
    }

    fn forward(&mut self) {
        self.tape.forward(&self.inputs, Mode::Inference).expect("there is memory");
    }

    /// The bits of outputs and gradients of the inputs.
    fn bits(&mut self) -> Vec<u32> {
        self.call("both");
        let mut all = N::Output::flat(self.tape.outputs().expect("they are on the CPU")).to_vec();
        all.extend_from_slice(N::Input::flat(self.tape.d_inputs().expect("they are on the CPU")));
        all.into_iter().map(f32::to_bits).collect()
    }

    fn call(&mut self, kind: &str) {
        self.forward();
        if kind == "both" {
            self.tape.set_d_outputs(&self.d_outputs).expect("there are as many as outputs");
            self.tape.backward_to_inputs().expect("there is a gradient of the outputs");
        }
    }
}

struct Compare<'a> {
    options: &'a Options,
    torch: &'a mut Option<Peer>,
}

impl Compare<'_> {
    /// `base` is what the network is beside the function, and the loop for what that computes.
    fn one<N: Network<Precision = F32>, B: Network<Precision = F32>>(
        &mut self,
        name: &str,
        by_hand: ByHand,
        (base, base_by_hand): (fn() -> Side<B>, Option<ByHand>),
    ) {
        let chosen = &self.options.expressions;
        if !chosen.is_empty() && !chosen.iter().any(|other| other == name) {
            return;
        }
        let (mut side, mut base) = (Side::<N>::new(), base());
        let mut buffers = same_bits(name, &mut side, &by_hand);
        let seconds = Duration::from_secs_f64(self.options.seconds);
        for kind in KINDS {
            let mut rows: Vec<[f64; 8]> = Vec::new();
            for _ in 0..self.options.rounds {
                let call = median_us(seconds, || side.call(kind));
                let mut hand = |hand: &ByHand| {
                    median_us(seconds, || {
                        (hand.forward)(black_box(&mut buffers));
                        if kind == "both" {
                            (hand.backward)(black_box(&mut buffers));
                        }
                    })
                };
                let own = hand(&by_hand);
                let beside = median_us(seconds, || base.call(kind)) - base_by_hand.as_ref().map_or(0.0, &mut hand);
                let mut ask = |mode: &str| {
                    let question = format!("{name} {mode} {kind} {}", self.options.seconds);
                    self.torch.as_mut().and_then(|torch| torch.ask(&question)).unwrap_or(f64::NAN)
                };
                let (eager, compiled) = (ask("eager"), ask("compiled"));
                let function = call - beside;
                rows.push([call, function, own, function / own, eager, call / eager, compiled, call / compiled]);
            }
            let column = |at: usize| median(&rows.iter().map(|row| row[at]).collect::<Vec<_>>());
            println!(
                "{name:12} {kind:8} {:12.1} {:9.1} {:10.1} {:6.2} {:10.1} {:11.3} {:10.1} {:14.3}",
                column(0),
                column(1),
                column(2),
                column(3),
                column(4),
                column(5),
                column(6),
                column(7)
            );
        }
    }
}

/// Panics where the loop by hand gives other bits than the network. Gives the loop's buffers.
fn same_bits<N: Network<Precision = F32>>(name: &str, side: &mut Side<N>, by_hand: &ByHand) -> Buffers {
    side.call("both");
    let x = N::Input::flat(&side.inputs).to_vec();
    // Two inputs lie side by side in each sample.
    let halves = |values: &[f32]| -> [Vec<f32>; 2] {
        let part = |at: usize| values.chunks_exact(2 * LEN).flat_map(|sample| &sample[at..at + LEN]).copied().collect();
        [0, LEN].map(part)
    };
    let params = side.tape.network().expect("it is on the CPU").weights().values().to_vec();
    let [x, p] = if N::Input::LEN == LEN { [x, params] } else { halves(&x) };
    let d_y = N::Output::flat(&side.d_outputs).to_vec();
    let zeros = |count: usize| vec![0.0; count];
    let (y, d_p, d_x, work) = (zeros(d_y.len()), zeros(p.len()), zeros(x.len()), zeros(2 * x.len()));
    let mut buffers = Buffers { x, p, y, d_y, d_x, d_p, work };
    (by_hand.forward)(&mut buffers);
    (by_hand.backward)(&mut buffers);
    let tape = &mut side.tape;
    let y = N::Output::flat(tape.outputs().expect("they are on the CPU")).to_vec();
    let d_x = N::Input::flat(tape.d_inputs().expect("they are on the CPU")).to_vec();
    let gradients = tape.gradients().expect("they are on the CPU").to_vec();
    let [d_x, d_p] = if N::Input::LEN == LEN { [d_x, gradients] } else { halves(&d_x) };
    let all = [("y", y, &buffers.y), ("d_x", d_x, &buffers.d_x), ("d_p", d_p, &buffers.d_p)];
    for (part, found, expected) in all {
        assert_eq!(found.len(), expected.len(), "{name}: lengths of {part}");
        for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
            let (bits, wanted) = (found.to_bits(), expected.to_bits());
            assert!(bits == wanted, "{name}: {part}[{i}] is {found} ({bits:#x}), and by hand {expected} ({wanted:#x})");
        }
    }
    buffers
}

/// Values from -4 to 4.
fn random(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 21) as f32 - 4.0
    };
    std::iter::repeat_with(next).take(count).collect()
}

fn median_us(seconds: Duration, mut call: impl FnMut()) -> f64 {
    (0..3).for_each(|_| call());
    let (mut times, start) = (Vec::new(), Instant::now());
    while times.len() < 5 || start.elapsed() < seconds {
        let before = Instant::now();
        call();
        times.push(1e6 * before.elapsed().as_secs_f64());
    }
    median(&times)
}
