use loom::network;

network! {
    struct Net: [5, 3] { Pad<(1, 2), reflect = true, replicate = true> }
}

fn main() {}
