use loom::network;

network! {
    struct Net { Dense<2, 64> -> SinusoidalPositions }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
