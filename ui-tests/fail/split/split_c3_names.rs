use loom::network;

network! {
    struct Net: [8, 8] {
        let x = Flatten -> Dense<64, 12>;
        let (a, b, c) = x -> Split<12>;
        let (d, e) = x -> Split<4, 4, 4>;
        let (f, g, h) = x -> Split<3, 9>;
        let (i, j, k) = x -> Split<3, 6>;
        let (l, m) = x -> Split<3, 6, 4>;
        Concat { a | b | c | d | e | f | g | h | i | j | k | l | m }
    }
    block Half<C> {
        let (a, b) = Split<C, C, C>;
        Sum { a | b }
    }
}

fn main() {}
