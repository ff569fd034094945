use loom::network;

network! {
    fn scale<C>(x, scale: Param<[C]>) { x * scale }
    fn double(x) { 2.0 * x }
    struct Missing: [4] { scale -> Dense<4, 2> }
    struct Surplus: [4] { double<4> -> Dense<4, 2> }
    struct Zero: [4] { scale<0> -> Dense<4, 2> }
    struct Float: [4] { scale<0.5> -> Dense<4, 2> }
    struct Call: [4] { scale(input) -> Dense<4, 2> }
    struct CallSurplus: [4] { double::<3>(input) -> Dense<4, 2> }
}

fn main() {}
