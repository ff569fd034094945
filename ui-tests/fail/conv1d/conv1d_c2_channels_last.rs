use loom::network;

network! {
    struct Net: [32, 3] { Conv1d<3, 8, 3> -> Conv1d<8, 4, 3> }
}

fn main() {}
