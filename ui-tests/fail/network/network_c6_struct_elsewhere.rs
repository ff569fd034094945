use loom::network;

network! {
    struct Block: [8] { Residual { Dense<8, 8> -> Relu } }
}

network! {
    struct Net { Dense<2, 8> -> Block -> Dense<9, 1> }
}

fn main() {}
