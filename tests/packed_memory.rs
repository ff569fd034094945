//! What a loaded network holds is no more than a tenth above its file, in every format of at most 32 bits.
//!
//! One test, because the counter counts every thread of the process.

use harness::measured;
use loom::dtype::{DType, F32, Format, Visitor};
use loom::prelude::*;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

// The networks of the demos.
network! {
    struct Xor { Dense<2, 8> -> Relu -> Dense<8, 8> -> Relu -> Dense<8, 1> -> Sigmoid }
    struct Digits: [1, 28, 28] {
        Flatten -> Dense<784, 784> -> Reshape<1, 28, 28>
            -> conv1: Conv2d<1, 8, 3> -> Relu -> conv2: Conv2d<8, 16, 3, stride = 2> -> Relu
            -> Flatten -> Dense<2304, 64> -> Relu -> Dense<64, 10>
    }
    struct Trend {
        Dense<32, 32> -> Reshape<1, 32> -> Conv1d<1, 8, 3, padding = 1> -> Relu -> Conv1d<8, 16, 3, padding = 1> -> Relu
            -> Flatten -> Dense<512, 64> -> Relu -> Dense<64, 16> -> Relu -> Dense<16, 2>
    }
    struct Pattern: [16, 8] { Rnn<8, 16> -> Flatten -> Dense<256, 64> -> Relu -> Dense<64, 3> }
    struct Memory: [16, 8] { Lstm<8, 16> -> Flatten -> Dense<256, 64> -> Relu -> Dense<64, 3> }
    struct Attention: [8, 64] { MultiHeadAttention<64, 4> -> Flatten -> Dense<512, 64> -> Relu -> Dense<64, 4> }
    struct ByLayerNorm { Dense<128, 128> -> LayerNorm -> Relu -> Dense<128, 64> -> LayerNorm -> Relu -> Dense<64, 10> }
    struct ByRmsNorm { Dense<128, 128> -> RmsNorm -> Relu -> Dense<128, 64> -> RmsNorm -> Relu -> Dense<64, 10> }
    struct Gated { Dense<256, 512> -> Relu -> SwiGlu<512> -> SwiGlu<512> -> Dense<512, 128> -> Relu -> Dense<128, 10> }
    struct Writer: [64] {
        Embedding<64, 64> -> LearnedPositions -> Dropout<0.1> -> Block * 2 -> RmsNorm -> Dropout<0.1> -> Dense<64, 64>
    }
    struct Block: [64, 64] {
        Residual { RmsNorm -> MultiHeadAttention<64, 4, causal = true> -> Dropout<0.1> }
            -> Residual { RmsNorm -> SwiGlu<64> -> Dropout<0.1> }
    }
}

struct Load<'a, N> {
    net: &'a N,
    path: &'a Path,
}

impl<N: Network<Precision = F32>> Visitor for Load<'_, N> {
    type Output = f64;

    fn visit<D: DType>(self) -> f64 {
        self.net.quantize::<D>().expect("the weights are finite").save(self.path).expect("the file can be written");
        let (net, held) = measured(|| N::load_as::<D>(self.path).expect("the file is sound"));
        let file = fs::metadata(self.path).expect("the file was written").len();
        println!(
            "{:12} {:5} {held:9} bytes for {file:9} of the file: {:.3}",
            N::PLAN.name,
            D::NAME,
            held as f64 / file as f64
        );
        drop(net);
        held as f64 / file as f64
    }
}

#[test]
fn networks_are_no_larger_than_their_files() {
    let dir = TempDir::new().expect("a temporary folder");
    let mut too_large = Vec::new();
    macro_rules! check {
        ($($network:ident)*) => {$(
            for format in Format::ALL.iter().filter(|format| format.bits() <= 32) {
                let ratio = format.visit(Load { net: &$network::new(Seed(1)), path: &dir.path().join("w") });
                if ratio > 1.1 {
                    too_large.push(format!("{} in {format}: {ratio:.3}", stringify!($network)));
                }
            }
        )*};
    }
    check!(Xor Digits Trend Pattern Memory Attention ByLayerNorm ByRmsNorm Gated Writer);
    assert!(too_large.is_empty(), "{too_large:?}");
}
