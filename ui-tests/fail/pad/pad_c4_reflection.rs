use loom::network;

network! {
    struct Net: [1, 5, 3] { Pad<1, (1, 3), reflect = true> -> Flatten }
}

fn main() {}
