use loom::network;

network! {
    struct Bounds: [4] { uniform(input, 0.0, 2.0) -> Dense<4, 2> }
    struct Options: [4] { input + normal(input, deviation = 2) -> Dense<4, 2> }
    struct Shape: [4] { input + uniform(4) -> Dense<4, 2> }
}

fn main() {}
