use loom::network;

network! {
    struct Net: [5, 3] { Pad<0.5> -> Dense<3, 1> }
}

fn main() {}
