use loom::network;

network! {
    struct Net: [1, 32] { Conv1d<3, 8, 3> -> Relu -> Conv1d<16, 8, 3> }
}

fn main() {}
