use loom::network;

network! {
    struct Net { Dense<2, 8> -> Dropout<1.0> -> Dense<8, 1> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
