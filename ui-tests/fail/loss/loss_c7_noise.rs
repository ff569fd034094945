use loom::network;

network! {
    fn noisy(x) { x + normal(x) }
    loss Drawn(out: [3], target: [3]) { sum(square(out - target) * uniform(out)) }
    loss Called(out: [3], target: [3]) { sum(square(noisy(out) - target)) }
}

fn main() {}
