use loom::network;

network! {
    struct Net: [4] {
        let (a, b, c) = Split<0, 4, 0>;
        Concat { a | b | c }
    }
}

fn main() {}
