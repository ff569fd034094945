use loom::network;

network! {
    struct Net: [5, 3, 4] { Transpose -> Dense<5, 1> }
}

fn main() {}
