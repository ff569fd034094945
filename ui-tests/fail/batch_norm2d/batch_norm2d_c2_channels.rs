use loom::network;

network! {
    struct Net: [1, 28, 28] { Conv2d<1, 8, 3> -> BatchNorm2d<1> -> Relu -> Conv2d<8, 4, 3> }
}

fn main() {}
