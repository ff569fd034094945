use loom::network;

network! {
    struct Net: [4, 8] { Embedding<65, 64> -> Dense<64, 65> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
