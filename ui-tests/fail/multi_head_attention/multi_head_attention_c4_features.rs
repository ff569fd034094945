use loom::network;

network! {
    struct Net: [8, 6] { Dense<6, 24> -> MultiHeadAttention<16, 4> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
