use loom::network;

network! {
    struct Net { Dense<2, 8> -> }
}

fn main() {}
