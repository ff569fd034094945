use loom::network;

network! {
    struct Net: [1, 6] { Conv1d<1, 8, 3> -> Conv1d<8, 8, 5> }
}

fn main() {}
