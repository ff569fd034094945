use loom::network;

network! {
    struct Net: [1, 28, 28] { Conv2d<1, 16, 3> -> Relu -> Dense<10816, 10> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
