use loom::network;

network! {
    struct Net: [1, 28, 28] { Conv2d<1, 9, 3> -> GroupNorm<4, 8, eps = 1e-3> -> Relu -> Conv2d<9, 4, 3> }
}

fn main() {}
