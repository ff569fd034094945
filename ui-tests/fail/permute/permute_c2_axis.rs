use loom::network;

network! {
    struct Net: [5, 3, 4] { Permute<3, 1, 2> -> Flatten }
}

fn main() {}
