use loom::network;

network! {
    struct One { Dense<4, 8> -> Sum { Tanh } -> Dense<8, 1> }
    struct Three { Dense<4, 8> -> Residual { Tanh | Relu | Dense<8, 8> } -> Dense<8, 1> }
}

fn main() {}
