use loom::network;

network! {
    struct Net: [8] { Embedding<20_000_000, 64> -> Dense<64, 65> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
