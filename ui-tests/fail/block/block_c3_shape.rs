use loom::network;

network! {
    block Double<IN, OUT> {
        Conv2d<IN, OUT, 3, padding = 1> -> Relu
            -> Conv2d<OUT, OUT, 3> -> Relu
    }
    struct Net: [1, 16, 16] { Double<1, 8> -> Flatten -> Double<8, 32> }
}

fn main() {}
