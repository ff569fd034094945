use loom::network;

network! {
    struct Zero: [4] { one_hot(input, 0) -> Dense<2, 2> }
    struct Fraction: [4] { one_hot(input, 2.5) -> Dense<2, 2> }
    struct Value: [4] { one_hot(input, input) -> Dense<4, 2> }
    struct Many: [4] { one_hot(input, 16_777_217) -> Dense<4, 2> }
    struct Constant: [4] { input * one_hot(3.0, 4) -> Dense<4, 2> }
    struct Option: [4] { one_hot(input, 4, axis = 0) -> Dense<4, 2> }
    struct Large: [4, 1024] { one_hot(input, 16_777_216) -> Flatten }
}

fn main() {}
