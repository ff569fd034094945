use loom::network;

network! {
    struct Net { Conv1d<1, 8, 3> }
}

fn main() {}
