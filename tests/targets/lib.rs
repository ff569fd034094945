//! Fingerprints of what Loom computes: training, attention, recurrences, convolutions and all number formats. `.ci/targets` has
//! them computed on several processors, WebAssembly among them, and compares the lines.

use loom::dtype::{BF16, F4, F16, F32, F64, I8, I16, I32, I64, Precision, U8, U16, U32, U64};
use loom::prelude::*;
use loom::quantize::Rounding;
use loom::{Sample, Tensor};
use std::fmt::Write;

network! {
    struct Perceptron: [7, 5] {
        Flatten -> Dense<35, 67> -> Tanh -> Dropout<0.25> -> Residual { Dense<67, 67> -> Gelu } -> LayerNorm -> Dense<67, 3>
    }
    struct Image: [7, 5] {
        Reshape<1, 7, 5> -> Conv2d<1, 9, 3, padding = 1, bias = false> -> BatchNorm2d<9> -> LeakyRelu
            -> MaxPool2d<2, stride = 1> -> Conv2d<9, 5, (2, 1), stride = 2> -> Sigmoid -> Flatten -> Dense<30, 3>
    }
    struct Signal: [7, 5] {
        Transpose -> Conv1d<5, 11, 3, padding = 2, dilation = 2> -> Silu -> GlobalAvgPool -> Dense<11, 3> -> Softmax
    }
    struct Attention: [7, 5] {
        Dense<5, 12> -> SinusoidalPositions -> LearnedPositions
            -> Residual { RmsNorm -> MultiHeadAttention<12, 3, causal = true, rotary = true> }
            -> Residual { LayerNorm -> SwiGlu<12, hidden = 17> } -> MultiHeadAttention<12, 2> -> Mean -> Dense<12, 3>
    }
    struct Groups: [7, 5] {
        Reshape<1, 7, 5> -> Conv2d<1, 6, 3, padding = 1> -> GroupNorm<3, 6> -> GeluTanh -> AvgPool2d<2> -> Flatten
            -> Dense<36, 11> -> Relu -> Dense<11, 3>
    }
    struct Branches: [7, 5] {
        let a = Reshape<1, 7, 5> -> Conv2d<1, 4, 3, padding = 1> -> Relu;
        let b = a -> MaxPool2d<3, stride = 1, padding = 1> -> Conv2d<4, 4, 1>;
        let c = Product { a | b -> Sigmoid } -> Flatten -> Dense<140, 9>;
        Concat { c | Residual { Flatten -> Dense<35, 9> -> Tanh | c } | Sum { c | c -> Tanh } } -> Dense<27, 3>
    }
    struct Elman: [7, 5] { Rnn<5, 19> -> Last -> Dense<19, 3> }
    struct Memory: [7, 5] { Lstm<5, 13> -> Gru<13, 9> -> Last -> Dense<9, 3> }
    /// Its inputs are token numbers.
    struct Tokens: [7, 5] { Flatten -> Embedding<256, 6> -> Mean -> Dense<6, 3> }
    struct Moved: [7, 5] { Dense<5, 12> -> Slice<1, 1, 12> -> Tanh -> Permute<1, 0> -> Pad<(3, 1), (0, 2), reflect = true>
            -> Pad<(1, 0), (2, 4), replicate = true> -> Pad<2, value = 0.25> -> Mean -> Dense<19, 3> }
    struct Parts: [7, 5] {
        let (value, gate) = Dense<5, 18> -> Split<9, 9, axis = 1>;
        let (first, rest) = Product { value | gate -> Sigmoid } -> Split<2, 5>;
        Concat { first -> Tanh | rest } -> Mean -> Dense<9, 3>
    }

    fn curve<N>(x, scale: Param<[N]> = 0.5) {
        let y = scale * x * tanh(softplus(x)) + exp(-square(x)) / sqrt(1.0 + abs(log1p(square(x))));
        let z = y - logsumexp(max(y, erf(x)), axis = 1, keep = true) * softmax(select(x < 0.0, y, x), axis = 0);
        let best = argmax(z, axis = 1, keep = true);
        z + gather(z, best, axis = 1) * reshape(one_hot(best, N), 7, N)
    }
    fn noisy(x) { x * (0.75 + 0.5 * uniform(x)) + 0.1 * normal(x) }
    struct Functions: [7, 5] { Dense<5, 19> -> noisy -> curve<19> -> Dense<19, 9> -> curve<9> -> Mean -> Dense<9, 3> }
}

/// Small numbers without a pattern.
fn byte(i: usize) -> u8 {
    (i.wrapping_mul(i).wrapping_mul(31).wrapping_add(i.wrapping_mul(7)) >> 3) as u8
}

fn inputs(count: usize) -> Vec<[[u8; 5]; 7]> {
    (0..count).map(|s| std::array::from_fn(|t| std::array::from_fn(|i| byte(s * 35 + t * 5 + i)))).collect()
}

/// FNV-1a over the bits of values.
fn hash(values: &[f32]) -> u64 {
    let bytes = values.iter().flat_map(|value| value.to_bits().to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

type Samples = [[f32; 5]; 7];

/// What a network computes for some inputs.
fn outputs(net: &impl Network<Input = Samples>, count: usize, scale: f32) -> u64 {
    hash(Sample::flat(&net.on(&Cpu::new()).forward_scaled(&inputs(count), scale).expect("there is memory")))
}

/// Trains a network, and tells what it learned and computes.
fn trained<N: Network<Precision = F32, Input = Samples, Output = [f32; 3]>>(lines: &mut String, scale: f32) -> N {
    let labels: Vec<u8> = inputs(150).iter().map(|sample| sample[0][0] % 3).collect();
    let data = Dataset::new(inputs(150), labels).and_then(|data| data.scaled(scale)).expect("the data are sound");
    let trainer = Trainer::new(AdamW::new(0.01), CrossEntropy).batch(32).epochs(3).seed(Seed(5));
    // Where no thread can be started, the caller does all.
    let trainer = trainer.clip(Clip::Norm(0.5)).schedule(Schedule::one_cycle(15, 0.3)).on(&Cpu::new().threads(3));
    let mut net = N::new(Seed(42));
    let start = net.fingerprint();
    let history = trainer.fit_validated(&mut net, &data, &data).expect("training succeeds");
    assert_ne!(net.fingerprint(), start);
    let loss = history.last().validation.as_ref().map_or(0, |score| score.loss.to_bits());
    let outputs = outputs(&net, 70, scale);
    let name = N::PLAN.name;
    writeln!(lines, "{name}: weights {}, loss {loss:016x}, outputs {outputs:016x}", net.fingerprint())
        .expect("a string has room");
    net
}

/// Stores a network in a format, loads it again, and tells what it computes then.
fn stored<N: Network<Precision = F32, Input = Samples>, P: Precision>(
    lines: &mut String,
    name: &str,
    net: &N,
    scale: f32,
) {
    let bytes = net.quantize::<P>().and_then(|net| net.to_bytes()).expect("the weights are finite");
    let nearest = N::In::<P>::from_bytes(&bytes).expect("what was saved can be loaded");
    let mut line = |how: &str, fingerprint, outputs: u64| {
        writeln!(lines, "  {name} {how}: weights {fingerprint}, outputs {outputs:016x}").expect("a string has room");
    };
    line("to nearest", nearest.fingerprint(), outputs(&nearest, 3, scale));
    if let Ok(better) = net.quantize_calibrated::<P>(&Rounding::new(), &inputs(40), scale) {
        line("calibrated", better.fingerprint(), outputs(&better, 3, scale));
    }
}

/// A line for each result.
pub fn lines() -> String {
    let mut lines = String::new();
    macro_rules! networks {
        ($scale:expr => $($network:ident)*) => {$({
            let (scale, net) = ($scale, trained::<$network>(&mut lines, $scale));
            networks!(@ net, scale: F64 F32 F16 BF16 F4 I64 I32 I16 I8 U64 U32 U16 U8);
        })*};
        (@ $net:ident, $scale:ident: $($format:ident)*) => {$(
            stored::<_, $format>(&mut lines, stringify!($format), &$net, $scale);
        )*};
    }
    networks!(1.0 / 128.0 => Perceptron Image Signal Attention Elman Memory Groups Branches Moved Parts Functions);
    networks!(1.0 => Tokens);
    let a = Tensor::<[[f32; 33]; 29]>::normal(Seed(3));
    let b = (a.matmul(&a.transpose()) / 7.0).softmax().log().add_row(&Tensor::uniform(Seed(4), -1.0, 1.0));
    writeln!(lines, "tensors: {:016x}, {:08x}", hash(b.as_slice()), b.mean().to_bits()).expect("a string has room");
    lines
}

/// [`lines`] for a host of WebAssembly: their address, where a byte of 0 ends them.
#[unsafe(no_mangle)]
pub extern "C" fn fingerprints() -> *const u8 {
    let mut lines = lines().into_bytes();
    lines.push(0);
    lines.leak().as_ptr()
}
