use loom::network;

network! {
    struct Net: [4] {
        let (a, b) = Split;
        let (c, d) = input -> Split<2, 2, dim = 0>;
        let (e, f) = input -> Split(2, 2);
        let (g, h) = input -> Split<2, 1.5>;
        Concat { a | b | c | d | e | f | g | h }
    }
}

fn main() {}
