use loom::network;

network! {
    struct Net: [1, 4, 4] { Conv2d<1, 8, 4, padding = 1, dilation = 2> }
}

fn main() {}
