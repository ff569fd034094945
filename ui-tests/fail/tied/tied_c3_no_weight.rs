use loom::network;

network! {
    struct Net: [4] { first: Tanh -> Dense<4, 6, tied = first> }
}

fn main() {}
