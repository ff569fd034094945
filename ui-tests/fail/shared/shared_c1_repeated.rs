use loom::network;

network! {
    struct Net {
        Dense<8, 4> -> grow: Dense<4, 8> -> Dense<8, 4> -> grow * 2
    }
}

fn main() {}
