use loom::network;

network! {
    fn deep(x, w: Param<[1, 1, 1, 1, 4]>) { x * w }
    fn nothing<N>(x, w: Param<[N, 0]>) { x * w }
    struct Deep: [4] { deep -> Dense<4, 2> }
    struct Nothing: [4] { nothing<4> -> Dense<4, 2> }
}

fn main() {}
