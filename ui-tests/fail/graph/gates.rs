use loom::network;

network! {
    struct Squeezed: [8, 9, 9] { Product { | GlobalAvgPool -> Dense<8, 8> -> Sigmoid } }
    struct First: [8, 9, 9] { Product { GlobalAvgPool -> Dense<8, 8> -> Sigmoid | Conv2d<8, 8, 1> } }
    struct Half { Dense<4, 8> -> Product { Slice<0, 0, 4> | Slice<0, 4, 7> -> Sigmoid } }
}

fn main() {}
