use loom::network;

network! {
    struct Net: [2] { fc1 = Dense<2, 8> -> Relu -> fc2: Dense<8, 1> }
}

fn main() {}
