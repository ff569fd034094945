use loom::network;

network! {
    struct Net: [65536, 4] { MultiHeadAttention<4, 2> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
