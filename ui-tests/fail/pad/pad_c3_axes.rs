use loom::network;

network! {
    struct Net { Dense<4, 8> -> Pad<(1, 2), (0, 3)> -> Dense<11, 1> }
}

fn main() {}
