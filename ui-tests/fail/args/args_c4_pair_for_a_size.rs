use loom::network;

network! {
    struct Net: [1, 6] { Conv1d<1, 8, 3, stride = (1, 2)> }
}

fn main() {}
