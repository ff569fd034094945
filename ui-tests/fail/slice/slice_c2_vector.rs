use loom::network;

network! {
    struct Net { Dense<4, 8> -> Slice<1, 6, 10> -> Dense<4, 1> }
}

fn main() {}
