use loom::network;

network! {
    struct Net: [3, 8, 8] { MultiHeadAttention<8, 2> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
