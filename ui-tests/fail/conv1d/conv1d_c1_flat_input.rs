use loom::network;

network! {
    struct Net: [32] { Conv1d<1, 8, 3> }
}

fn main() {}
