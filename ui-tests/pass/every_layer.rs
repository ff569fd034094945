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
    }

    struct Sequence: [5, 12] {
        SinusoidalPositions -> positions: LearnedPositions
            -> MultiHeadAttention<12, 3>
            -> attention: MultiHeadAttention<12, D / 16, causal = true, rotary = false, bias = false> -> Relu
            -> MultiHeadAttention<12, 6, rotary = true, causal = false, bias = true>
    }

    struct Block: [16, 13, 24] { conv: Conv2d<16, 16, 3, padding = 1> -> Gelu }
}

fn main() {
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
    ];
    assert_eq!(names, expected);
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
    assert_eq!((D, E), (64, 128));
}
