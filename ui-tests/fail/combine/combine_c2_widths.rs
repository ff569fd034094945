use loom::network;

network! {
    struct Net { Dense<4, 8> -> Sum { Dense<8, 16> -> Tanh | Dense<8, 15> } -> Dense<16, 1> }
}

fn main() {}
