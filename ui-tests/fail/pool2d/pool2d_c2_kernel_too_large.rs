use loom::network;

network! {
    struct Net: [8, 3, 5] { AvgPool2d<4> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
