use loom::network;

network! {
    struct Net: [1, 4, 4] { Conv2d<1, 8, (7, 3), padding = (1, 0)> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
