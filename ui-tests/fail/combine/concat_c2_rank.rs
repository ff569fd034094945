use loom::network;

network! {
    struct Net: [3, 9, 9] { Concat { Conv2d<3, 4, 1> | Flatten -> Dense<243, 5> } -> Conv2d<9, 1, 1> }
}

fn main() {}
