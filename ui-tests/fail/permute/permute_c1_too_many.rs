use loom::network;

network! {
    struct Net: [5, 3] { Permute<2, 1, 0> -> Dense<5, 1> }
}

fn main() {}
