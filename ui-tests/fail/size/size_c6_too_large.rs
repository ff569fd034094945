use loom::network;

network! {
    struct Net { Dense<2, 5_000_000_000> }
    struct Other { Dense<100_000, 100_000> }
}

fn main() {}
