use loom::network;

network! {
    struct Net: [5, 3, 4] { Last -> Dense<12, 1> }
}

fn main() {}
