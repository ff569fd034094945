use loom::network;

network! {
    struct Net: [8, 12] { MultiHeadAttention<12, 4, rotary = true> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
