use loom::network;

network! {
    struct Net {
        let (a, b) = d -> Split<2, 2>;
        let (c, d) = Dense<4, 6> -> Split<2, 4>;
        Concat { a | b | c | d }
    }
}

fn main() {}
