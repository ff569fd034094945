use loom::network;

network! {
    block Odd<N> {
        Dense<N, 8>
            -> Dense<9, N>
    }
    struct Net { Odd<4> -> Odd<5> -> Dense<4, 1> }
}

fn main() {}
