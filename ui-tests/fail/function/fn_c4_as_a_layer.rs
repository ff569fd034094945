use loom::network;

network! {
    fn gate(x, g) { x * sigmoid(g) }
    fn none(scale: Param<[4]>) { scale }
    fn broken(x) { x + }
    struct Two: [4] { Dense<4, 4> -> gate -> Dense<4, 2> }
    struct None: [4] { Dense<4, 4> -> none -> Dense<4, 2> }
    struct Broken: [4] { Dense<4, 4> -> broken -> Dense<3, 2> }
    struct Called: [4] { Dense<4, 4> -> gate(input) -> Dense<4, 2> }
    struct Optioned: [4] { Dense<4, 4> -> gate<axis = 0> -> Dense<4, 2> }
}

fn main() {}
