use loom::network;

network! {
    struct Net { Dense<4, 30> -> Conv2d<3, 8, 3> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
