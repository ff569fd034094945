use loom::network;

network! {
    struct Net { Dense<1, 2> }
    struct Net { Dense<1, 2> }
}

fn main() {}
