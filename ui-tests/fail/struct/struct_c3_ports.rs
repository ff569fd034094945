use loom::network;

network! {
    struct Two(a: [3], b: [3]) { Sum { a | b } }
    struct Heads: [3] -> (a, b) { let a = Dense<3, 1>; let b = Dense<3, 1>; }
    struct Net { Dense<3, 3> -> Two -> Heads }
}

fn main() {}
