use loom::network;

network! {
    struct Net[2] { Dense<2, 8> }
}

fn main() {}
