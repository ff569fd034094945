use loom::network;

network! {
    struct Net: [4] { steps: Dense<4, 4> * 3 -> Tanh -> steps }
}

fn main() {}
