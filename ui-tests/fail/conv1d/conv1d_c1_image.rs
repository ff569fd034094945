use loom::network;

network! {
    struct Net: [2, 4, 8] { Conv1d<2, 8, 3> }
}

fn main() {}
