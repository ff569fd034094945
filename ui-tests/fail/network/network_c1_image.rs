use loom::network;

network! {
    struct Net { Conv2d<3, 8, 3> }
}

fn main() {}
