use loom::network;

// A loss is given to a trainer.
network! {
    struct Net { Dense<4, 2> -> Distance }
    loss Distance(out: [2], target: [2]) { norm(out - target) }
}

fn main() {}
