use loom::network;

network! {
    struct Net { Dense<8> -> Relu }
}

fn main() {}
