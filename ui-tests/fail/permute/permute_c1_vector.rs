use loom::network;

network! {
    struct Net { Dense<4, 32> -> Permute<1, 0> }
}

fn main() {}
