use loom::network;

network! {
    struct Net: [4] { Block * 1000 }
    struct Block: [4] { Dense<4, 4> * 11 }
}

fn main() {}
