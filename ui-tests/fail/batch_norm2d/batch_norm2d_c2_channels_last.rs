use loom::network;

network! {
    struct Net: [28, 28, 3] { BatchNorm2d<3> }
}

fn main() {}
