use loom::network;

network! {
    struct Net: [4] { Residual { Flatten } }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
