use loom::network;

network! {
    const D: usize = std::mem::size_of::<u8>();

    struct Net { Dense<2, D> }
}

fn main() {}
