use loom::network;

network! {
    struct Net: [8, 9] { MultiHeadAttention<9, 3, rotary = true> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
