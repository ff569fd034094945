use loom::network;

network! {
    struct Net { Dense<8, 4> * 3 -> Dense<4, 1> }
}

fn main() {}
