use loom::network;

network! {
    const D: usize = 16;

    struct Net { Dense<2, 4 * D> -> Relu -> Dense<D, 1> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
