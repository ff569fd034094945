use loom::network;

network! {
    struct Net: [5, 3] { Pad<(1, 2), value = 1.0, reflect = true> }
}

fn main() {}
