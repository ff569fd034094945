use loom::network;

network! {
    struct Net: [1, 6, 6] { Conv2d<1, 8, 3, dilation = (1, 3)> }
}

fn main() {}
