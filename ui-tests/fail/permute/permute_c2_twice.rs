use loom::network;

network! {
    struct Net: [5, 3, 4] { Permute<1, 0, 1> -> Flatten }
}

fn main() {}
