use loom::network;

network! {
    struct Net: [12, 1] { Rnn<12, 16> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
