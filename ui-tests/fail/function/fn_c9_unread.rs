use loom::network;

network! {
    fn one(x) { 1.0 }
    fn second(x, y) { 2.0 * y }
    fn unused(x, scale: Param<[4]>) { let y = exp(x); x }
    struct One: [4] { one -> Dense<4, 2> }
    struct Second: [4] { second(input, input) -> Dense<4, 2> }
    struct Unused: [4] { unused -> Dense<4, 2> }
}

fn main() {}
