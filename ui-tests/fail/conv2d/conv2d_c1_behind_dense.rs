use loom::network;

network! {
    struct Net: [1, 28, 28] { Dense<784, 10> -> Conv2d<1, 8, 3> -> Flatten -> Dense<64, 10> }
}

fn main() {}
