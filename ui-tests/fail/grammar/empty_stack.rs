use loom::network;

network! {
    struct Net {}
}

fn main() {}
