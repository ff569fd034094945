use loom::network;

network! {
    struct Net: [3, 8, 8] { LearnedPositions }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
