use loom::network;

network! {
    struct Net { SwiGlu<100_000, hidden = 50_000> }
    struct Other: [100_000, 2] { SwiGlu<2, hidden = 50_000> }
}

fn main() {}
