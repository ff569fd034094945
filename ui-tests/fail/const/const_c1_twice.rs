use loom::network;

network! {
    const D: usize = 8;
    const D: usize = 9;

    struct Net { Dense<2, D> }
}

fn main() {}
