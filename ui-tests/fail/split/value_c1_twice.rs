use loom::network;

network! {
    struct Net {
        let (a, b, a) = Dense<4, 6> -> Split<2, 2, 2>;
        let b = a -> Tanh;
        Sum { a | b }
    }
}

fn main() {}
