use loom::network;

network! {
    struct Net: [784] { MaxPool2d<2> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
