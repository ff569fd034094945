use loom::network;

network! {
    struct Net: [8, 12, 12] { Residual { Conv2d<8, 8, 3> -> Relu } }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
