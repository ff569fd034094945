//! Every layer, option and spelling.

use loom::prelude::*;

network! {
    const D: usize = E / 2;
    #[allow(dead_code)]
    pub const E: usize = 2 * (60 + 4);

    /// Ten digits.
    #[derive(Clone)]
    pub struct Digits: [1, {4 * 7}, 28,] {
        conv1: Conv2d<1, 8, 3> -> Relu
            -> Conv2d<8, 16, (3, 5), stride = (2, 1), padding = 1, bias = false>
            -> Residual { Conv2d<16, 16, 3, padding = 1> -> Relu }
            -> Block * 2
            -> blocks: Block * {1 + 1}
            -> Residual { Residual { Block } -> Silu } * 2
            -> MaxPool2d<2> -> AvgPool2d<3, stride = 1, padding = (1, 0)>
            -> Flatten -> Reshape<16, 6, 10> -> Flatten
            -> Dense<16 * 6 * 10, D>->Dropout<0.25>->Dense<D,4*D,>->Sigmoid->LeakyRelu->LeakyRelu<slope=0.2>
            -> Dense<{4 * D}, 10> -> Gelu -> GeluTanh -> Tanh -> Softmax
            -> SwiGlu<10> -> mlp: SwiGlu<10, hidden = D, bias = true> -> Softmax
    }

    struct Norms: [5, 7] {
        LayerNorm -> LayerNorm<eps = 1e-6> -> LayerNorm<bias = false, eps = 1e-3> -> RmsNorm -> RmsNorm<eps = 0.5>
            -> Reshape<5, 7, 1> -> BatchNorm2d<5> -> bn: BatchNorm2d<{ 4 + 1 }, eps = 1e-3>
            -> GroupNorm<1, 5> -> gn: GroupNorm<5, { 4 + 1 }, eps = 1e-3>
    }
    struct Shared: [9] {
        let words = tokens: Embedding<16, 8> -> r#mix: Residual { Dense<8, 8> -> act: Tanh -> act } -> mix * 2;
        let images = words -> Reshape<1, 9, 8> -> edge: Double<1, 1> -> MaxPool2d<(1, 2)> -> edge -> Reshape<9, 4>;
        Concat<axis = 1> { words | images -> wide: Dense<4, 8> | images -> wide } -> Dense<24, 8> -> out: Dense<8, 16, tied = tokens>
            -> Dense<16, 8, bias = false> -> out
    }
    struct Graph: [3, 8, 8] {
        let fine = Double<3, 4> -> names: Relu;
        let r#coarse = fine -> MaxPool2d<2> -> Double<4, {2 * 3}>;
        let alone = coarse -> GlobalAvgPool;
        let gate = alone -> Dense<6, 6> -> Sigmoid;
        Concat<axis = 0> {
            Product { alone | gate } -> Dense<6, 2> * 1
            | fine -> shortcut: Residual { Conv2d<4, 6, 1> | Double<4, 6> } -> GlobalAvgPool
            | input -> Sum { Flatten -> Dense<192, 5> | Flatten -> Dense<192, 5> -> Gelu | Block5 } -> Concat { | } * 2
        } -> Dense<28, 1>
    }
    struct Parts: [4, 6] {
        let (a, r#b, c,) = Dense<6, D> -> Relu -> Split<D / 2, { 10 }, D - 42, axis = 1>;
        let (even, odd, rest) = input -> Split<1, 1, {2},>;
        let (d, e) = rest -> Split<1, 1>;
        Concat<axis = 1> { a | b | c | Concat { odd | even | e | d } }
    }
    struct Block5: [3, 8, 8] { Flatten -> Dense<192, 5> }
    /// A block written once.
    block Double<IN, OUT,> {
        Conv2d<IN, OUT, 3, padding = 1> -> Relu -> conv2: Conv2d<OUT, OUT, 3, padding = 1>
    }
    block None { Relu }
    struct Text: [9] { Embedding<65, D> -> Residual { SwiGlu<D> } }
    struct Sequence: [5, 12] {
        SinusoidalPositions -> positions: LearnedPositions
            -> MultiHeadAttention<12, 3>
            -> attention: MultiHeadAttention<12, D / 16, causal = true, rotary = false, bias = false> -> Relu
            -> MultiHeadAttention<12, 6, rotary = true, causal = false, bias = true>
    }

    struct Block: [16, 13, 24] { conv: Conv2d<16, 16, 3, padding = 1> -> Gelu }

    struct Signal: [33, 3] {
        Transpose -> Conv1d<3, 4, 5, stride = 2, padding = 1, dilation = 3, bias = false> -> Relu
            -> conv: Conv1d<4, 4, {1}> -> Transpose
            -> Residual { Last -> Dense<4, 48> -> Reshape<12, 4> }
            -> Reshape<4, 3, 4> -> Conv2d<4, 5, 2, dilation = (1, 2)> -> GlobalAvgPool
            -> Dense<5, 12> -> Reshape<3, 4> -> Mean -> Reshape<4, 1> -> GlobalAvgPool
    }
    /// Its name is a type parameter of every other network.
    struct P: [2] { Dense<2, 2> }
    struct Moved: [4, 6, 5] { Permute<1, 0, 2> -> Permute<{ 1 }, 2 - 2, { 2 }> -> Slice<0, 1, 3> -> rows: Slice<{ 1 }, 6 - 4, { 6 }>
            -> Pad<1> -> Pad<(0, 2 - 1), { 1 }, value = -0.5> -> Pad<1, (2, 0), (1, 1)> -> Pad<(1, 2), replicate = true>
            -> Pad<(1, 2), (3, 4), reflect = true>
    }
    struct Recurrent: [12, 8] { Rnn<8, 16> -> rnn: Rnn<16, 4, relu = true> -> Lstm<4, D> -> Gru<D, 3> }
}

fn main() {
    let _: P<loom::dtype::F16> = P::new(Seed(1)).quantize().unwrap();
    let net = Digits::new(Seed(1));
    let output: [f32; 10] = net.forward(&[[[0.5; 28]; 28]; 1]);
    assert!((output.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    let names: Vec<_> = Digits::PLAN.params.iter().map(|param| param.name).collect();
    let expected = [
        "conv1.weight",
        "conv1.bias",
        "2.weight",
        "3.0.weight",
        "3.0.bias",
        "4.conv.weight",
        "4.conv.bias",
        "5.conv.weight",
        "5.conv.bias",
        "blocks.0.conv.weight",
        "blocks.0.conv.bias",
        "blocks.1.conv.weight",
        "blocks.1.conv.bias",
        "7.0.0.conv.weight",
        "7.0.0.conv.bias",
        "8.0.0.conv.weight",
        "8.0.0.conv.bias",
        "14.weight",
        "14.bias",
        "16.weight",
        "16.bias",
        "20.weight",
        "20.bias",
        "25.gate_up_proj.weight",
        "25.down_proj.weight",
        "mlp.gate_up_proj.weight",
        "mlp.gate_up_proj.bias",
        "mlp.down_proj.weight",
        "mlp.down_proj.bias",
    ];
    assert_eq!(names, expected);
    let output: [f32; 4] = Signal::new(Seed(1)).forward(&[[0.5; 3]; 33]);
    assert!(output.iter().all(|y| y.is_finite()));
    let names: Vec<_> = Sequence::PLAN.params.iter().map(|param| param.name).collect();
    let expected = [
        "positions.weight",
        "2.in_proj_weight",
        "2.in_proj_bias",
        "2.out_proj.weight",
        "2.out_proj.bias",
        "attention.in_proj_weight",
        "attention.out_proj.weight",
        "5.in_proj_weight",
        "5.in_proj_bias",
        "5.out_proj.weight",
        "5.out_proj.bias",
    ];
    assert_eq!(names, expected);
    assert_eq!(Digits::PARAMETERS, Digits::PLAN.parameters());
    let _: [[f32; 64]; 9] = Text::new(Seed(1)).forward(&[64.0; 9]);
    assert_eq!((D, E), (64, 128));
    let steps: [[f32; 3]; 12] = Recurrent::new(Seed(1)).forward(&[[0.5; 8]; 12]);
    assert!(steps.as_flattened().iter().all(|y| y.abs() < 1.0));
    assert_eq!(Parts::PLAN.params[0].name, "a.0.weight");
    assert_eq!(Recurrent::PLAN.params[4].name, "rnn.weight_ih_l0");

    let names: Vec<_> = Norms::PLAN.params.iter().map(|param| param.name).collect();
    let expected = [
        "0.weight",
        "0.bias",
        "1.weight",
        "1.bias",
        "2.weight",
        "3.weight",
        "4.weight",
        "6.weight",
        "6.bias",
        "6.running_mean",
        "6.running_var",
        "bn.weight",
        "bn.bias",
        "bn.running_mean",
        "bn.running_var",
        "8.weight",
        "8.bias",
        "gn.weight",
        "gn.bias",
    ];
    assert_eq!(names, expected);
    assert_eq!(Norms::PARAMETERS, 7 * 7 + 8 * 5, "running means are not trained");
}
