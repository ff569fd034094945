use loom::network;

network! {
    const WIDTH: usize = 16;

    struct Net {
        let x = Dense<4, 64>;
        let (a, b) = x -> Split<WIDTH, 2 * WIDTH>;
        let (c, d) = x -> Split<70, 40>;
        let (e, f, g) = x -> Split<70, 80, 90>;
        let (h, i) = x -> Reshape<1, 64> -> Split<60, 4>;
        let (j, k, l) = x -> Reshape<2, 32> -> Split<60, 4, 2>;
        let (m, n) = Dense<4, 6> -> Split<2, 2>;
        // After the cure, the parts are known.
        Concat { a -> Dense<16, 3> | b -> Dense<47, 3> | c | d | e | f | g | h -> Flatten | i -> Dense<4, 1> | j | k | l | m | n }
    }
}

fn main() {}
