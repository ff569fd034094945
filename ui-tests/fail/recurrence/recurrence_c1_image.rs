use loom::network;

network! {
    struct Net: [3, 4, 5] { Conv2d<3, 7, 1> -> Rnn<3, 16, relu = true> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
