use loom::network;

network! {
    const D: u32 = 8;

    struct Net { Dense<2, D> }
}

fn main() {}
