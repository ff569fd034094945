use loom::network;

network! {
    struct Net: [4] {
        let hidden = Dense<4, 8> -> Tanh;
        Concat { hidden | input -> hidden: Dense<4, 8> }
    }
}

fn main() {}
