use loom::network;

network! {
    struct Net: [4] { first: Dense<4, 4> -> Tanh -> second: first }
}

fn main() {}
