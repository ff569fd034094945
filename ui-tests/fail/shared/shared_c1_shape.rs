use loom::network;

network! {
    struct Pair: [2, 28, 28] {
        let a = Slice<0, 0, 1> -> Reshape<28, 28> -> tower: Tower;
        let b = input -> Slice<0, 1, 2> -> Reshape<56, 14> -> tower;
        Concat { a | b } -> Dense<32, 1>
    }
    struct Tower: [28, 28] { Flatten -> Dense<784, 16> }
}

fn main() {}
