use loom::network;

network! {
    const D: usize = 10_000_000;

    struct Net { Dense<2, D * D * D> }
}

fn main() {}
