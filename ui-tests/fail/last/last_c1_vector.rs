use loom::network;

network! {
    struct Net { Dense<4, 32> -> Last }
}

fn main() {}
