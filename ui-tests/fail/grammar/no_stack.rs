use loom::network;

network! {
    struct Net: [2];
}

fn main() {}
