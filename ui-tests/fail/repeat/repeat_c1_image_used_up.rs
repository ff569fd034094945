use loom::network;

network! {
    struct Net: [1, 28, 28] { MaxPool2d<2> * 5 -> Flatten }
}

fn main() {}
