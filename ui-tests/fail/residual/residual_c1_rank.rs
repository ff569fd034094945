use loom::network;

network! {
    struct Net: [4, 4] { Residual { Flatten -> Dense<16, 16> } }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
