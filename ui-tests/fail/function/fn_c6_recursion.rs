use loom::network;

network! {
    fn endless(x) { 0.5 * endless(x) }
    fn ping(x) { pong(x) }
    fn pong(x) { ping(x) + 1.0 }
    struct One: [4] { endless -> Dense<4, 2> }
    struct Two: [4] { Dense<4, 4> -> ping -> Dense<4, 2> }
}

fn main() {}
