use loom::network;

network! {
    struct Net { Dense<2, 1568> -> Reshape<1, 28, 28> -> Conv2d<1, 4, 3> }
}

fn main() {}
