use loom::network;

network! {
    struct Net: [6] { GroupNorm<2, 4> -> Dense<6, 1> }
}

fn main() {}
