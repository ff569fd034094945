use loom::network;

network! {
    struct Net: [1, 28, 28] { Conv2d<1, 16, 3> -> Dense<100, 10> -> Dense<10, 2> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
