use loom::network;

network! {
    struct Net: [32, 30, 3] { Conv2d<3, 8, 3> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
