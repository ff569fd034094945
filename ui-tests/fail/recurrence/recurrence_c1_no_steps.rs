use loom::network;

network! {
    struct Net: [7] { Gru<4, 16> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
