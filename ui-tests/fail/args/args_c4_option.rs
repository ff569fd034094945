use loom::network;

network! {
    struct Net { SwiGlu<16, hidden = (32, 64)> }
}

fn main() {}
