use loom::network;

network! {
    struct Net: [8] { SwiGlu<16> -> Dense<8, 1> }
    struct Steps: [8, 24] { MultiHeadAttention<16, 4> -> Dense<24, 1> }
    struct Image: [3, 8, 8] { LearnedPositions -> Conv2d<3, 8, 3> }
    struct Means: [5, 3, 4] { Mean -> Dense<4, 1> }
}

fn main() {}
