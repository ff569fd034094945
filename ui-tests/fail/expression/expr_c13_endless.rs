use loom::network;

network! {
    fn a(x) { b(x) + b(x) * b(x) }
    fn b(x) { c(x) + c(x) * c(x) }
    fn c(x) { d(x) + d(x) * d(x) }
    fn d(x) { e(x) + e(x) * e(x) }
    fn e(x) { f(x) + f(x) * f(x) }
    fn f(x) { g(x) + g(x) * g(x) }
    fn g(x) { h(x) + h(x) * h(x) }
    fn h(x) { i(x) + i(x) * i(x) }
    fn i(x) { x + x * x }
    struct Tree: [4] { a -> Dense<4, 2> }
}

fn main() {}
