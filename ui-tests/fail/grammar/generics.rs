use loom::network;

network! {
    struct Net<const N: usize> { Dense<2, N> }
}

fn main() {}
