use loom::network;

network! {
    struct Net: [1, 28, 28] { Conv2d<1, 8, 3, pading = 1, groups = 2> }
}

fn main() {}
