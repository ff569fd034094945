use loom::network;

network! {
    struct Net {
        let (a, b) = Dense<4, 6> -> Split<2, 4>;
        let (c, d, e) = a -> Dense<2, 9> -> Split<3, 2, 4>;
        let (f, g) = input -> Split<2, 2>;
        Concat { a | c | e -> Half }
    }
    block Half {
        let (a, b) = Split<2, 2>;
        a
    }
    block Part<C> {
        let (a, b) = Split<C, C>;
        a
    }
}

fn main() {}
