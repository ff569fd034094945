use loom::network;

network! {
    struct Net { Dense<4, 8> -> Slice<0, 3, 9> -> Dense<6, 1> }
}

fn main() {}
