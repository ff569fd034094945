use loom::network;

network! {
    struct Net { Dense<2, 8> -> Tanh -> Dense<4, 1> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
