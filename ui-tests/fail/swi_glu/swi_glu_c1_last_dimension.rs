use loom::network;

network! {
    struct Net: [12, 16] { Dense<16, 32> -> SwiGlu<16, hidden = 64> -> Dense<16, 1> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
