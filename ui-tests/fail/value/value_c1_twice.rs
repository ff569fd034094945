use loom::network;

network! {
    struct Net {
        let a = Dense<4, 8> -> Tanh;
        let a = a -> Dense<8, 8>;
        let input = a -> Tanh;
        Sum { a | input } -> Dense<8, 1>
    }
}

fn main() {}
