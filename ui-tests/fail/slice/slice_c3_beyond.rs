use loom::network;

network! {
    struct Net: [3, 8, 9] { Slice<1, 9, 12> -> Flatten }
}

fn main() {}
