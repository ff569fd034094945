use loom::network;

// The output comes first.
network! {
    struct Pair: [4] -> (a, b) { let a = Dense<4, 2>; let b = Dense<4, 2>; }
    loss Late(target: [2], out: PairOutput) { sum(target * out.a) }
}

network! {
    loss Label1st(class: Label<3>, out: [3]) { sum(class * out) }
}

// Names are given once.
network! {
    loss Twice(out: [3], out: [3]) { sum(out) }
}

fn main() {}
