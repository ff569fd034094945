use loom::network;

network! {
    struct Net: [8, 9, 9] { MaxPool2d<3, padding = 2> -> Flatten }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
