use loom::network;

network! {
    struct Net {
        Dense<4, 8> -> step: Dense<8, 8> -> Tanh -> Dense<8, 6> -> step * 3
    }
}

fn main() {}
