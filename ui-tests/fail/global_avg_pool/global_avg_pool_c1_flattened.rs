use loom::network;

network! {
    struct Net: [1, 8, 8] { Conv2d<1, 8, 3> -> Flatten -> GlobalAvgPool }
}

fn main() {}
