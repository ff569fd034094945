use loom::network;

network! {
    struct Net: [5, 3] { Slice<2, 0, 3> -> Flatten }
}

fn main() {}
