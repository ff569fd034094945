use loom::network;

network! {
    struct Net: [8, 9, 9] { MaxPool2d<2, stride = 0> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
