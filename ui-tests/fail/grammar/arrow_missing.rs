use loom::network;

network! {
    struct Net { Dense<2, 8> Relu -> Dense<8, 1> }
}

fn main() {}
