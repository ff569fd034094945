use loom::network;

network! {
    struct Dim: [3, 4] { sum(input, dim = 1) -> Dense<3, 2> }
    struct Keep: [3, 4] { softmax(input, keep = true) -> Dense<4, 2> }
    struct Flag: [3, 4] { mean(input, axis = true) -> Dense<4, 2> }
}

fn main() {}
