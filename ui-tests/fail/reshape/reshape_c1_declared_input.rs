use loom::network;

network! {
    struct Net: [3, 5] { Reshape<4, 4> }
}

fn main() {}
