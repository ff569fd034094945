use loom::network;

network! {
    struct Net { Dense -> Dropout }
}

fn main() {}
