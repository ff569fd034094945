use loom::network;

// The cure of a block is at its use, where a size fits.
network! {
    block Gate<N> {
        let (a, b) = Split<N, N>;
        Product { a | b -> Sigmoid }
    }
    block Parts<A, B> {
        let (a, b) = Split<A, B, axis = 1>;
        Concat<axis = 1> { b | a }
    }
    struct Halves: [10] { Gate<4> -> Dense<5, 1> }
    struct Rest: [3, 12] { Parts<5, 5> -> Flatten -> Dense<36, 1> }
    struct Odd: [11] { Gate<4> -> Dense<5, 1> }
}

// What is right of a `Split` stays as it is written.
network! {
    const N: usize = 4;
    struct Net: [10] {
        let (a, b, c) = Split<N, N>;
        Concat { a | b | c }
    }
}

fn main() {}
