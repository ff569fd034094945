use loom::network;

// Learned tensors are a network's.
network! {
    fn scaled(x, scale: Param<[3]> = 1.0) { x * scale }
    loss Scaled(out: [3], target: [3]) { mean(square(scaled(out) - target)) }
}

fn main() {}
