use loom::network;

network! {
    struct Net { Relu -> Dense<2, 1> }
}

fn main() {}
