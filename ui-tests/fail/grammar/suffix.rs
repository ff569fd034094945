use loom::network;

network! {
    struct Net { Dense<2u32, 8> }
}

fn main() {}
