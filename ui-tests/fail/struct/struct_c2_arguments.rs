use loom::network;

network! {
    struct Net: [16] { Block<16> }
    struct Block: [16] { Relu }
}

fn main() {}
