use loom::network;

network! {
    struct Net: [1, 1, 9] { Pad<(1, 1), (2, 2), reflect = true> -> Flatten }
}

fn main() {}
