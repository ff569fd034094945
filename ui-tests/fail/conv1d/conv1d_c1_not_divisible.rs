use loom::network;

network! {
    struct Net { Dense<4, 32> -> Conv1d<3, 8, 3> }
}

fn main() {}
