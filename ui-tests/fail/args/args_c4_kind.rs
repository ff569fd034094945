use loom::network;

network! {
    struct Net: [1, 28, 28] { Conv2d<1, (8, 8), 3, stride = true, bias = 1> -> Dropout<1> -> LeakyRelu<slope = (1, 2)> }
}

fn main() {}
