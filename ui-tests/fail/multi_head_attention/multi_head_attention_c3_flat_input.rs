use loom::network;

network! {
    struct Net { Dense<2, 64> -> MultiHeadAttention<16, 4> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
