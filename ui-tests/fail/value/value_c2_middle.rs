use loom::network;

network! {
    struct Net {
        let a = Dense<4, 8> -> Tanh;
        a -> Dense<8, 8> -> a -> Dense<8, 1>
    }
}

fn main() {}
