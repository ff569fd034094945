use loom::network;

network! {
    struct Net {
        let (a, b) = Dense<4, 9> -> Tanh;
        let (c, d, e, f) = a -> Flatten -> Mean;
        let (g, h) = Split<5, 4> -> Relu;
        Sum { a | b }
    }
    block Half<C> {
        let (a, b) = Dense<C, C>;
        Sum { a | b }
    }
}

fn main() {}
