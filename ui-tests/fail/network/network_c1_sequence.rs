use loom::network;

network! {
    struct Net { MultiHeadAttention<16, 4> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
