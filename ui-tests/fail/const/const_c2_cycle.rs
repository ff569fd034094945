use loom::network;

network! {
    const A: usize = B + 1;
    const B: usize = 2 * A;

    struct Net { Dense<2, A> }
}

fn main() {}
