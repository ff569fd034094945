use loom::network;

network! {
    struct Net: [3, 8] { BatchNorm2d<3> }
}

fn main() {}
