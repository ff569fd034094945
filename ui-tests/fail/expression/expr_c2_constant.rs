use loom::network;

network! {
    fn one() { 1.0 }
    struct Constant: [4] { 2.0 + 3.0 -> Dense<4, 2> }
    struct Function: [4] { one() -> Dense<4, 2> }
    struct Reduced: [4] { input + sum(1.0) -> Dense<4, 2> }
}

fn main() {}
