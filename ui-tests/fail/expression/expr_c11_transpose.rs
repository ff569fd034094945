use loom::network;

network! {
    struct Vector: [4] { transpose(input) -> Dense<4, 2> }
    struct Options: [3, 4] { transpose(input, axis = 0) -> Dense<3, 2> }
}

fn main() {}
