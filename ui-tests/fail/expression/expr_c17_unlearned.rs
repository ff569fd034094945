use loom::network;

network! {
    fn above(x, threshold: Param<[4]>) { select(x > threshold, x, 0.0) }
    struct Layer: [4] { above -> Dense<4, 2> }
    struct Call: [4] { 2.0 * above(input) -> Dense<4, 2> }
}

fn main() {}
