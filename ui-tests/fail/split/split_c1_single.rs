use loom::network;

network! {
    struct Net: [4, 6] {
        let a = Split<2, 2> -> Relu;
        let (b, c) = a -> rows: Split<2, 2>;
        Concat { b -> Split<1, 1, axis = 0> | c -> Split<1, 1, 1> * 2 | Splitt<4, 4> } -> Dense<6, 1>
    }
}

fn main() {}
