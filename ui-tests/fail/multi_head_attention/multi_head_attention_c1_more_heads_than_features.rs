use loom::network;

network! {
    struct Net: [8, 4] { MultiHeadAttention<4, 8, causal = true> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
