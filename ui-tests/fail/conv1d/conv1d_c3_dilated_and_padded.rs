use loom::network;

network! {
    struct Net: [1, 6] { Conv1d<1, 8, 5, padding = 1, dilation = 2> }
}

fn main() {}
