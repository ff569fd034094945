use loom::network;

network! {
    struct Net: [8] { Dense<4, 1> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
