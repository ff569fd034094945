use loom::network;

network! {
    struct Axis { Dense<4, 8> -> Sum<axis = 1> { Tanh | } -> Dense<8, 1> }
    struct Size { Dense<4, 8> -> Concat<1> { Tanh | } -> Dense<16, 1> }
    struct Option: [2, 8] { Concat { Tanh | | axis = 1 } -> Dense<16, 1> }
    struct None { Dense<4, 8> -> Concat -> Dense<16, 1> }
}

fn main() {}
