use loom::network;

network! {
    struct Net { Dense<2, 8> -> loom::Relu -> Dense<8, 1> }
}

fn main() {}
