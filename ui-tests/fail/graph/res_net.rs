use loom::network;

network! {
    struct Width: [3, 32, 32] {
        Residual { Conv2d<3, 8, 3, padding = 1> -> Relu | Conv2d<3, 4, 1> }
    }
    struct Stride: [3, 32, 32] {
        Residual { Conv2d<3, 8, 3, stride = 2, padding = 1> -> Relu | Conv2d<3, 8, 1, stride = 1> }
    }
    struct NoShortcut: [8, 32, 32] {
        Residual { Conv2d<8, 16, 3, stride = 2, padding = 1> -> Relu -> Conv2d<16, 16, 3, padding = 1> }
    }
    struct Smaller: [8, 32, 32] {
        Residual { Conv2d<8, 8, 3, stride = 2, padding = 1> -> BatchNorm2d<8> -> Relu }
    }
    struct Wider: [8, 32, 32] {
        Residual { Conv2d<8, 16, 3, padding = 1> -> BatchNorm2d<16> } -> Relu
    }
    struct Stages: [3, 32, 32] { Down<3, 8> -> Down<8, 16> }
    struct Alike: [3, 32, 32] { Basic<3, 3> -> Basic<3, 8> }
    block Down<IN, OUT> {
        Residual { Conv2d<IN, OUT, 3, stride = 2, padding = 1> -> BatchNorm2d<OUT> -> Relu | Conv2d<IN, OUT, 1> }
    }
    block Basic<IN, OUT> { Residual { Conv2d<IN, OUT, 3, padding = 1> -> BatchNorm2d<OUT> } -> Relu }
}

fn main() {}
