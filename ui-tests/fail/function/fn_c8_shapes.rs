use loom::network;

network! {
    fn scale<C>(x, scale: Param<[C]>) { x * scale }
    fn second(x) { mean(x, axis = 1) }
    struct Channels: [8, 5, 5] { scale<8> -> Flatten -> Dense<200, 2> }
    struct Width: [4] { Dense<4, 6> -> scale<4> -> Dense<6, 2> }
    struct Axis: [4] { Dense<4, 6> -> second -> Dense<6, 2> }
    fn third(x, y) { x * second(y) }
    struct Call(a: [4], b: [3, 5]) { a * third(a, b) -> Dense<4, 2> }
    struct Nested(a: [4], b: [5]) { third(a, b) -> Dense<4, 2> }
    struct Open { scale<4> -> Dense<4, 2> }
}

fn main() {}
