use loom::network;

network! {
    struct Net: [4, 8] { MaxPool2d<2> }
}

fn main() {}
