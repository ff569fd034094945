use loom::network;

network! {
    struct Net { Dense<4, 8> -> Concat<axis = 1> { Tanh | } -> Dense<16, 1> }
}

fn main() {}
