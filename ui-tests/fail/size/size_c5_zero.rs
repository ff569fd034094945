use loom::network;

network! {
    struct Net: [2] { Dense<2, 0> -> Dense<8, 0> }
}

fn main() {}
