use loom::network;

network! {
    struct Net: [5, 3] { Slice<0, 4, 1> -> Dense<3, 1> }
}

fn main() {}
