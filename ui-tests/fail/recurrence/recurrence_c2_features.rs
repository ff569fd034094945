use loom::network;

network! {
    struct Net: [12, 8] { Lstm<9, 16> -> Gru<8, 4> -> Rnn<4, 2> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
