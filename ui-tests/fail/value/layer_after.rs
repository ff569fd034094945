use loom::network;

network! {
    struct Net {
        let a = Dense<4, 8> -> Tanh;
        let b = a -> Dense<9, 3>;
        Concat { a | b } -> Dense<11, 1>
    }
}

fn main() {}
