use loom::network;

network! {
    struct Net: [1, 9, 9] { Conv2d<1, 8, 3> -> Flatten -> Relu -> MaxPool2d<2> -> Dense<72, 10> }
}

fn main() {}
