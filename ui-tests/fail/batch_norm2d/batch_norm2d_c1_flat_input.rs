use loom::network;

network! {
    struct Net { Dense<2, 75> -> BatchNorm2d<3> -> Flatten }
}

fn main() {}
