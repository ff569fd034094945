use loom::network;

network! {
    struct Net { Dense<8, 8> * 0 }
}

fn main() {}
