use loom::network;

network! {
    struct Net: [3, 9, 9] { Concat { Conv2d<3, 4, 1> | Conv2d<3, 4, 3> } -> Conv2d<8, 1, 1> }
}

fn main() {}
