use loom::network;

network! {
    struct Net: [16] { Block -> Flatten }
    struct Block: [4, 4] { Relu }
}

fn main() {}
