use loom::network;

network! {
    struct Net: [5, 3, 4] { Permute<1, 0> -> Flatten -> Dense<60, 1> }
}

fn main() {}
