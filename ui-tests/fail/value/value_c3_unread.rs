use loom::network;

network! {
    struct Net {
        let a = Dense<4, 8> -> Tanh;
        let b = a -> Relu;
        a -> Dense<8, 1>
    }
}

fn main() {}
