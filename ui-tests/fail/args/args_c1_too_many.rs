use loom::network;

network! {
    struct Net { Dense<8, 4, 2> -> Relu<1> }
}

fn main() {}
