use loom::network;

// What it compares is read.
network! {
    loss Unread(out: [3], target: [3]) { sum(out) }
}

network! {
    loss Misspelt(out: [3], target: [3]) { sum(square(out - taget)) }
}

// Outputs have names of their own.
network! {
    struct Pair: [4] -> (near, far) { let near = Dense<4, 2>; let far = Dense<4, 2>; }
    loss Whole(out: PairOutput, target: [2]) { sum(square(out - target)) }
}

network! {
    struct Other: [4] -> (near, far) { let near = Dense<4, 2>; let far = Dense<4, 2>; }
    loss Field(out: OtherOutput, target: [2]) { sum(square(out.neer - target)) }
}

// It depends on the output.
network! {
    loss Constant(out: [3], target: [3]) { sum(target) }
}

network! {
    loss Number(out: [3], target: [3]) { 1.0 }
}

network! {
    struct Third: [4] -> (near, far) { let near = Dense<4, 2>; let far = Dense<4, 2>; }
    loss Blind(out: ThirdOutput, target: [2]) { sum(target) }
}

// Two items of one name.
network! {
    struct Same { Dense<4, 2> }
    loss Same(out: [3], target: [3]) { sum(out * target) }
}

fn main() {}
