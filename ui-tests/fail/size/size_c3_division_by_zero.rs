use loom::network;

network! {
    const D: usize = 64;

    struct Net { Dense<2, 8 / (D - 64)> }
}

fn main() {}
