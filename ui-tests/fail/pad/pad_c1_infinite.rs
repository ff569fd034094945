use loom::network;

network! {
    struct Net: [5, 3] { Pad<(1, 2), value = 1e39> }
}

fn main() {}
