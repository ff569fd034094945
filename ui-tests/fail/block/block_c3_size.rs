use loom::network;

network! {
    block Double<IN, OUT> {
        Conv2d<IN, OUT, 3, padding = 1> -> Relu
            -> Conv2d<OUT, OUT, 3, padding = 1> -> Relu
    }
    struct Net: [1, 16, 16] { Double<1, 8> -> MaxPool2d<2> -> Double<16, 32> -> Flatten -> Dense<2048, 1> }
}

fn main() {}
