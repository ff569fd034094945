use loom::network;

network! {
    struct Axis: [8, 9, 9] { Concat<axis = 3> { Conv2d<8, 2, 1> | Conv2d<8, 2, 1> } }
    struct Channels: [8, 9, 9] { Concat<axis = 1> { Conv2d<8, 2, 1> | Conv2d<8, 3, 1> } }
    struct Columns: [3, 9] { Concat { Slice<1, 0, 4> | Slice<1, 4, 9> } }
    struct Turned: [5, 3] { Sum { | Permute<1, 0> } }
    struct Padded: [3, 9] { Sum { Pad<(1, 1)> | } }
    struct Averaged: [5, 8] { Residual { Dense<8, 8> -> Mean } }
    struct LastStep: [5, 8] { Sum { Lstm<8, 8> -> Last | Dense<8, 8> } }
    struct Tokens: [9] { Sum { Embedding<11, 4> | Embedding<11, 5> } }
    struct Input { let a = Dense<9, 4>; Sum { a | input } }
}

fn main() {}
