use loom::network;

network! {
    struct Net: [10, 4, 4] { GroupNorm<4, 10> }
}

fn main() {}
