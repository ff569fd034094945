use loom::network;

network! {
    struct Net: [96] { Lstm<8, 16> -> Dense<16, 1> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
