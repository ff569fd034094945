use loom::network;

network! {
    struct Net { Dense<2, 8> -> Block -> Dense<16, 1> }
    struct Block: [16] { Dense<16, 16> -> Relu }
}

fn main() {}
