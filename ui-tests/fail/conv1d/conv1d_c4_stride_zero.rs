use loom::network;

network! {
    struct Net: [1, 6] { Conv1d<1, 8, 3, stride = 0> }
}

fn main() {}
