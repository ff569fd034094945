use loom::network;

network! {
    struct Five: [4, 9, 9] { Concat { Conv2d<4, 4, 1> | Conv2d<4, 6, 5, padding = 1> -> Relu } }
    struct Pool: [4, 9, 9] { Concat { Conv2d<4, 4, 1> | MaxPool2d<3> } }
    struct PoolByOne: [4, 9, 9] { Concat { Conv2d<4, 6, 1> | MaxPool2d<3, stride = 1> } }
    struct Projected: [4, 9, 9] { Concat { Conv2d<4, 6, 1> | AvgPool2d<3> -> Conv2d<4, 2, 1> } }
    struct Dilated: [4, 9, 9] { Concat { Conv2d<4, 6, (3, 5), dilation = 2> | } }
}

fn main() {}
