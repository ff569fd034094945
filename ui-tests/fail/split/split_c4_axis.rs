use loom::network;

network! {
    struct Net: [6, 9] {
        let (a, b) = Split<2, 4, axis = 2>;
        let (c, d) = input -> Split<2, 4, axis = 3>;
        let (e, f, g) = input -> Reshape<54, 1> -> Split<2, 4, 1, axis = 7>;
        let (h, i) = input -> Split<2, 1, axis = 2>;
        let (j, k) = input -> Flatten -> Split<50, 5, axis = 1>;
        Concat { a | b | c | d | e | f | g | h | i | j | k }
    }
}

fn main() {}
