use loom::network;

network! {
    fn swish(x) { x * sigmoid(y) }
    fn half(values) { 0.5 * value }
    struct Unknown: [4] { input * other -> Dense<4, 2> }
    struct InFunction: [4] { swish -> Dense<4, 2> }
    struct Near: [4] { half -> Dense<4, 2> }
    struct Function: [4] { input * half -> Dense<4, 2> }
    struct Later: [4] { let a = input * b; let b = Relu; Sum { a | b } -> Dense<4, 2> }
}

fn main() {}
