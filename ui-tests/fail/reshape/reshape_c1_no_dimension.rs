use loom::network;

network! {
    struct Net { Dense<2, 785> -> Reshape<1, 28, 28> }
}

fn main() {}
