use loom::network;

network! {
    struct Net { Dense<4, 32> -> GlobalAvgPool }
}

fn main() {}
