use loom::network;

network! {
    struct Net: [4] {
        Concat { arm: Dense<4, 4> -> Tanh | arm: Dense<4, 4> } -> Dense<8, 4> -> arm
    }
}

fn main() {}
