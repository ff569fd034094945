use loom::network;

network! {
    struct Names: [2] { Dense<in = 2, out = 8> }
    struct Features: [2] { Dense<in_features = 2, out_features = 8, bias = false> }
    struct Colon: [2] { Dense<2, 8, bias: false> -> Dense<8, 1> }
    struct Comma: [2] { Dense<2 8> -> Dense<8, 1> }
    struct Pair: [1, 9, 9] { Conv2d<1, 8, 3x3> }
    struct Sides: [28x28] { Dense<28, 8> }
}

fn main() {}
