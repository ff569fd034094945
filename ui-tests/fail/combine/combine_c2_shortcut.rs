use loom::network;

network! {
    struct Net: [3, 32, 32] {
        Residual { Conv2d<3, 8, 3, stride = 2, padding = 1> -> Relu -> Conv2d<8, 8, 3, padding = 1> | Conv2d<3, 8, 1> }
    }
}

fn main() {}
