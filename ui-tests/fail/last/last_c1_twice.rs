use loom::network;

network! {
    struct Net: [5, 3] { Gru<3, 4> -> Last -> Last -> Dense<4, 1> }
}

fn main() {}
