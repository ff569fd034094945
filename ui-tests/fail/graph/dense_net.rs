use loom::network;

network! {
    struct Repeated { Dense<8, 8> -> Concat { | Relu -> Dense<8, 4> } * 3 -> Dense<20, 1> }
    struct RepeatedBlock { Dense<8, 8> -> Layer<8> * 3 -> Dense<20, 1> }
    struct Behind: [4, 9, 9] { Concat { | Conv2d<4, 6, 3, padding = 1> } -> BatchNorm2d<6> }
    struct Narrow: [4, 9, 9] { Concat { | Conv2d<4, 6, 3, padding = 1> } -> Conv2d<6, 2, 1> }
    struct Vector { Concat { Dense<4, 3> | Dense<4, 5> } -> Dense<3, 2> }
    block Layer<IN> { Concat { | Relu -> Dense<IN, 4> } }
}

fn main() {}
