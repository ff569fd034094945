use loom::network;

network! {
    struct Net: [28, 28] { Conv2d<1, 8, 3> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
