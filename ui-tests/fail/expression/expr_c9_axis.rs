use loom::network;

network! {
    struct Last: [3, 4] { sum(input, axis = 2) -> Dense<3, 2> }
    struct Softmax: [4] { softmax(input, axis = 1) -> Dense<4, 2> }
}

fn main() {}
