use loom::network;

network! {
    struct Net { fc: Dense<2, 8> -> fc: Dense<8, 1> }
}

fn main() {}
