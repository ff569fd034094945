use loom::network;

network! {
    struct Net { Dense<2, 8> -> Relu * 2 + 1 -> Dense<8, 1> }
}

fn main() {}
