use loom::network;

network! {
    struct A: [4] { Dense<4, 4> -> B }
    struct B: [4] { Residual { A } }
}

fn main() {}
