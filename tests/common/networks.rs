//! Networks of one layer each, and some of several, for checks that hold for every network.
//!
//! Sizes are odd (1, 3, 17, 257), so that no tile, vector or chunk divides them, and large enough that a batch of 65 is
//! worth five threads in every kernel.

use super::Check;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

macro_rules! networks {
    ($($name:ident: [$($shape:tt)*] { $($stack:tt)* })*) => {
        loom::network! { $(pub struct $name: [$($shape)*] { $($stack)* })* }

        /// Does something with every network of the list, by all of the machine's threads.
        pub fn for_each_network<C: Check + Sync>(check: &C) {
            let checks: &[fn(&C)] = &[$(C::check::<$name>),*];
            let next = AtomicUsize::new(0);
            let work = || while let Some(one) = checks.get(next.fetch_add(1, Relaxed)) {
                one(check);
            };
            thread::scope(|scope| {
                for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
                    scope.spawn(work);
                }
            });
        }
    };
}

networks! {
    DenseOne: [1] { Dense<1, 1> }
    DenseWide: [17] { Dense<17, 257> }
    DenseDeep: [257] { Dense<257, 3> }
    DenseNoBias: [257] { Dense<257, 257, bias = false> }
    DenseRows: [17, 3] { Dense<3, 257> }
    DenseRowsOfRows: [3, 5, 17] { Dense<17, 1> }
    DenseRowsNoBias: [17, 17] { Dense<17, 3, bias = false> }
    DenseRelu: [17] { Dense<17, 257> -> Relu }
    DenseLeakyRelu: [17] { Dense<17, 257> -> LeakyRelu }
    DenseLeakyReluSlope: [17] { Dense<17, 257> -> LeakyRelu<slope = 0.3> }
    DenseSigmoid: [17] { Dense<17, 257> -> Sigmoid }
    DenseTanh: [17] { Dense<17, 257> -> Tanh }
    DenseSilu: [17] { Dense<17, 257> -> Silu }
    DenseGelu: [17] { Dense<17, 257> -> Gelu }
    DenseGeluTanh: [17] { Dense<17, 257> -> GeluTanh }
    DenseNoBiasTanh: [3, 17] { Dense<17, 257, bias = false> -> Tanh }

    ConvOne: [1, 1, 1] { Conv2d<1, 1, 1> }
    ConvMargin: [1, 5, 1] { Conv2d<1, 3, 5, padding = 2> }
    ConvMarginOnly: [2, 1, 1] { Conv2d<2, 3, 3, stride = 4, padding = 1> }
    ConvMarginStride: [1, 5, 3] { Conv2d<1, 2, 4, stride = 5, padding = 2> -> Tanh }
    ConvPoint: [17, 3, 5] { Conv2d<17, 3, 1> }
    ConvSquare: [3, 17, 19] { Conv2d<3, 17, 3> }
    ConvMany: [17, 11, 9] { Conv2d<17, 17, 3, padding = 1> }
    ConvFlat: [3, 17, 19] { Conv2d<3, 5, (1, 4)> }
    ConvTall: [3, 19, 17] { Conv2d<3, 5, (5, 2), stride = (2, 3), padding = (2, 1)> }
    ConvStride: [1, 17, 17] { Conv2d<1, 17, 3, stride = 3> }
    ConvGaps: [3, 17, 17] { Conv2d<3, 3, 2, stride = 5> }
    ConvWholeImage: [3, 5, 7] { Conv2d<3, 17, (5, 7)> }
    ConvNoBias: [3, 17, 17] { Conv2d<3, 17, 3, stride = 2, padding = 1, bias = false> }
    ConvRelu: [3, 17, 9] { Conv2d<3, 17, 3> -> Relu }
    ConvLeakyRelu: [3, 17, 9] { Conv2d<3, 17, 3> -> LeakyRelu }
    ConvLeakyReluSlope: [3, 17, 9] { Conv2d<3, 17, 3> -> LeakyRelu<slope = 0.3> }
    ConvSigmoid: [3, 17, 9] { Conv2d<3, 17, 3> -> Sigmoid }
    ConvTanh: [3, 17, 9] { Conv2d<3, 17, 3> -> Tanh }
    ConvSilu: [3, 17, 9] { Conv2d<3, 17, 3> -> Silu }
    ConvGelu: [3, 17, 9] { Conv2d<3, 17, 3> -> Gelu }
    ConvGeluTanh: [3, 17, 9] { Conv2d<3, 17, 3> -> GeluTanh }

    MaxPool: [17, 17, 19] { MaxPool2d<2> }
    MaxPoolOverlap: [17, 17, 19] { MaxPool2d<3, stride = 2, padding = 1> }
    MaxPoolPairs: [3, 17, 19] { MaxPool2d<(3, 2), stride = (1, 3), padding = (1, 0)> }
    AvgPool: [17, 17, 19] { AvgPool2d<2> }
    AvgPoolOverlap: [17, 17, 19] { AvgPool2d<3, stride = 2, padding = 1> }
    AvgPoolPairs: [3, 17, 19] { AvgPool2d<(3, 2), stride = (1, 3), padding = (1, 0)> }

    FlattenAlone: [3, 5, 7] { Flatten }
    ReshapeAlone: [3, 5, 7] { Reshape<7, 15> }
    DropoutAlone: [17, 257] { Dropout<0.3> }
    DropoutTwice: [3, 17] { Dropout<0.5> -> Dropout<0.25> }
    SoftmaxVector: [257] { Softmax }
    SoftmaxRows: [17, 3, 17] { Softmax }
    SoftmaxOne: [3, 1] { Softmax }

    ReluAlone: [17, 257] { Relu }
    LeakyReluAlone: [17, 257] { LeakyRelu }
    LeakyReluSlopeAlone: [17, 257] { LeakyRelu<slope = 0.3> }
    SigmoidAlone: [17, 257] { Sigmoid }
    TanhAlone: [17, 257] { Tanh }
    SiluAlone: [17, 257] { Silu }
    GeluAlone: [17, 257] { Gelu }
    GeluTanhAlone: [17, 257] { GeluTanh }
    ActivationsInARow: [17] { Dense<17, 17> -> Tanh -> Sigmoid -> Silu -> LeakyRelu -> Gelu }

    ResidualFirst: [17, 17] { Residual { Dense<17, 17> -> Tanh } }
    ResidualOfActivation: [17, 257] { Residual { Tanh } }
    ResidualOfSkippedTanh: [17] { Dense<17, 17> -> Residual { Tanh -> Dense<17, 17> } -> Tanh }
    ResidualNested: [17] { Residual { Residual { Dense<17, 17> -> Silu } -> Dense<17, 17> } -> Dense<17, 3> }
    ResidualNestedFirst: [17] { Residual { Residual { Residual { Dense<17, 17> } } } }
    ResidualNestedLast: [17] { Residual { Dense<17, 17> -> Residual { Dense<17, 17> -> Sigmoid } } }
    ResidualInARow: [17] { Residual { Dense<17, 17> -> Tanh } * 3 }
    ResidualOfConvolution: [3, 9, 7] {
        Residual { Conv2d<3, 5, 3, padding = 1> -> Gelu -> Conv2d<5, 3, 1> -> Relu } -> MaxPool2d<3, stride = 1>
    }
    ResidualOfDropout: [257] { Residual { Dropout<0.5> -> Dense<257, 257> } -> Softmax }
    ResidualOfShapes: [3, 5] { Residual { Flatten -> Dense<15, 15> -> Reshape<3, 5> -> Sigmoid } }

    Block: [17] { fc: Dense<17, 17> -> Silu -> out: Dense<17, 17, bias = false> }
    Blocks: [17] { Block * 3 -> Residual { Block * 2 } -> Dense<17, 1> }
    Perceptron: [17] { Dense<17, 257> -> Tanh -> Dropout<0.2> -> Dense<257, 65> -> Gelu -> Dense<65, 3> -> Softmax }
    Digits: [1, 28, 28] {
        Flatten -> Dense<784, 784> -> Reshape<1, 28, 28>
            -> conv1: Conv2d<1, 8, 3> -> Relu
            -> conv2: Conv2d<8, 16, 3, stride = 2> -> Relu
            -> Flatten
            -> Dense<2304, 64> -> Relu
            -> Dense<64, 10>
    }
    Pooled: [3, 17, 17] {
        Conv2d<3, 8, 3, padding = 1> -> Tanh -> MaxPool2d<2>
            -> Conv2d<8, 5, (3, 1), stride = 2> -> Silu -> AvgPool2d<2, stride = 1, padding = 1>
            -> Flatten -> Dense<{ 5 * 4 * 5 }, 17, bias = false> -> LeakyRelu -> Dense<17, 3>
    }

    ConvDilated: [3, 17, 19] { Conv2d<3, 17, 3, dilation = 3> -> Relu }
    ConvDilatedPairs: [3, 17, 19] { Conv2d<3, 5, (3, 4), stride = (2, 3), padding = (3, 7), dilation = (5, 2)> }
    ConvDilatedGaps: [2, 3, 1] { Conv2d<2, 3, (2, 3), stride = (4, 2), padding = (4, 9), dilation = (3, 7)> }
    Conv1dOne: [1, 1] { Conv1d<1, 1, 1> }
    Conv1dWide: [17, 65] { Conv1d<17, 17, 3> -> Tanh }
    Conv1dUneven: [3, 257] { Conv1d<3, 17, 5, stride = 3, padding = 4, dilation = 2, bias = false> }
    Conv1dResidual: [3, 17] { Residual { Conv1d<3, 5, 3, padding = 2> -> Gelu -> Conv1d<5, 3, 3> } }
    GlobalAvgPoolImage: [17, 17, 19] { GlobalAvgPool }
    GlobalAvgPoolLength: [257, 3] { GlobalAvgPool }
    GlobalAvgPoolOne: [3, 1, 1] { GlobalAvgPool -> Dense<3, 1> }
    LastOfSteps: [17, 257] { Last }
    LastOfOne: [1, 3] { Dense<3, 17> -> Last }
    MeanOfSteps: [17, 257] { Mean }
    MeanOfMany: [257, 3] { Mean -> Dense<3, 1> }
    TransposeWide: [3, 257] { Transpose }
    TransposeSquare: [17, 17] { Dense<17, 17> -> Transpose -> Tanh }
    Signal: [33, 3] {
        Transpose -> Conv1d<3, 17, 3, padding = 2, dilation = 2> -> Relu -> Residual { Conv1d<17, 17, 1> -> Silu }
            -> Transpose -> Residual { Dense<17, 17> } -> Mean -> Dense<17, 3>
    }
    RnnOne: [5, 1] { Rnn<1, 1> }
    RnnSteps: [16, 8] { Rnn<8, 17> -> Dense<17, 3> }
    RnnRelu: [5, 8] { Rnn<8, 3, relu = true> -> Flatten -> Dense<15, 3> }
    RnnStacked: [5, 3] { Rnn<3, 17> -> Rnn<17, 16, relu = true> -> Tanh }
    LstmOne: [16, 1] { Lstm<1, 1> }
    LstmStep: [1, 8] { Lstm<8, 3> }
    LstmSteps: [16, 8] { Lstm<8, 17> -> Flatten -> Dense<272, 3> }
    LstmStacked: [5, 1] { Residual { Lstm<1, 16> -> Lstm<16, 1> } -> Gelu }
    GruOne: [5, 1] { Gru<1, 1> }
    GruStep: [1, 8] { Gru<8, 16> }
    GruSteps: [16, 1] { Gru<1, 17> -> Flatten -> Dense<272, 3> }
    GruStacked: [5, 8] { Dense<8, 8> -> Sigmoid -> Gru<8, 17> -> Gru<17, 3> }
    GruWide: [3, 5] { Gru<5, 97> }
    AttentionOne: [1, 4] { MultiHeadAttention<4, 1> }
    AttentionHeads: [17, 12] { MultiHeadAttention<12, 3> -> Tanh }
    AttentionCausal: [17, 10] { MultiHeadAttention<10, 2, causal = true, bias = false> }
    AttentionWide: [5, 64] { MultiHeadAttention<64, 1, causal = true> }
    AttentionRotary: [17, 12] { Dense<12, 12> -> MultiHeadAttention<12, 3, rotary = true> }
    AttentionRotaryCausal: [8, 24] { MultiHeadAttention<24, 4, causal = true, rotary = true> * 2 }
    Sinusoidal: [17, 33] { SinusoidalPositions }
    SinusoidalDense: [3, 17] { Dense<17, 17> -> SinusoidalPositions -> Residual { Dense<17, 17> -> SinusoidalPositions } }
    Learned: [17, 33] { LearnedPositions }
    LearnedDense: [5, 1] { Dense<1, 3> -> LearnedPositions -> Dense<3, 1> }
    Transformer: [8, 6] {
        Dense<6, 12> -> SinusoidalPositions -> LearnedPositions -> Encoder * 2 -> Flatten -> Dense<96, 3>
    }
    Encoder: [8, 12] {
        Residual { MultiHeadAttention<12, 2, rotary = true> } -> Residual { Dense<12, 17> -> Gelu -> Dense<17, 12> }
    }
    LayerNormVector: [257] { LayerNorm }
    LayerNormRows: [5, 3, 17] { LayerNorm<eps = 1e-3, bias = false> }
    LayerNormOne: [3, 1] { LayerNorm }
    LayerNormDense: [3, 17] { Dense<17, 64> -> LayerNorm -> Gelu -> Dense<64, 3> }
    RmsNormVector: [257] { RmsNorm }
    RmsNormRows: [5, 3, 17] { RmsNorm<eps = 1e-3> }
    RmsNormOne: [3, 1] { RmsNorm<eps = 0.25> }
    RmsNormResidual: [3, 65] { Residual { RmsNorm -> Dense<65, 65> } -> RmsNorm }
    BatchNormImage: [3, 5, 7] { BatchNorm2d<3> }
    BatchNormPoint: [1, 1, 1] { BatchNorm2d<1, eps = 0.5> }
    BatchNormDeep: [3, 9, 7] {
        Conv2d<3, 17, 3, bias = false> -> BatchNorm2d<17, eps = 1e-3> -> Relu -> Conv2d<17, 5, 3, bias = false> -> BatchNorm2d<5>
    }
    SwiGluVector: [17] { SwiGlu<17, hidden = 257> }
    SwiGluRows: [3, 5, 33] { SwiGlu<33, bias = true> -> Tanh }

    // llvmpipe refolds a sum of two products that meets a bias.
    DenseTwo: [2] { Dense<2, 17> }
    ConvTwo: [2, 5, 3] { Conv2d<2, 3, 1> -> Relu }

    EmbeddingOne: [1] { Embedding<1, 1> }
    EmbeddingFew: [17] { Embedding<5, 33> }
    EmbeddingMany: [3] { Embedding<257, 17> -> SwiGlu<17> }
}
