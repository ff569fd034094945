use loom::network;

network! {
    fn scale<C>(x, scale: Param<[C]>) { x * scale }
    struct Open { input * 2.0 -> Dense<4, 2> }
    struct After: [4] { let a = exp(input) -> Dense<4, 6>; a + 1.0 -> Dense<4, 2> }
    struct Gives: [3, 4] { sum(input, axis = 0) -> Dense<3, 2> }
    struct Unread: [4] { let a = exp(input); Dense<4, 2> }
    struct Twice(a: [4], b: [5]) { a * b -> Dense<4, 2> }
    struct Whole(a: [4], b: [4]) { a + input -> Dense<4, 2> }
}

fn main() {}
