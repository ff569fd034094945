use loom::network;

// It is the output of a struct that is not here.
network! {
    struct Pair: [4] -> (a, b) { let a = Dense<4, 2>; let b = Dense<4, 2>; }
    loss Near(out: PiarOutput, target: [2]) { sum(square(out.a - target)) }
}

network! {
    loss Far(out: DetectorOutput, target: [2]) { sum(square(out.a - target)) }
}

// Its struct has one output.
network! {
    struct Net { Dense<4, 2> }
    loss One(out: NetOutput, target: [2]) { sum(square(out - target)) }
}

fn main() {}
