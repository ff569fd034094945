use loom::network;

network! {
    struct Net: [28, 0] { Flatten }
}

fn main() {}
