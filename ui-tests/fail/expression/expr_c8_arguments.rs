use loom::network;

network! {
    fn gate(x, g) { x * sigmoid(g) }
    struct Few: [4] { gate(input) -> Dense<4, 2> }
    struct Many: [4] { exp(input, input) -> Dense<4, 2> }
    struct None: [4] { sum() -> Dense<1, 2> }
    struct Clamp: [4] { clamp(input, 1.0) -> Dense<4, 2> }
}

fn main() {}
