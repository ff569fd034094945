use loom::network;

network! {
    struct Net { Dense<2, 8> -> Residual { Dense<8, 16> -> Relu } -> Dense<8, 1> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
