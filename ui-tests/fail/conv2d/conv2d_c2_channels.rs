use loom::network;

network! {
    struct Net: [1, 28, 28] { Conv2d<3, 8, 3> -> Conv2d<16, 8, 3> -> Relu }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
