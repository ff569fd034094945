use loom::network;

// It is one number.
network! {
    loss Rows(out: [3, 4], target: [3, 4]) { mean(square(out - target), axis = 1) }
}

network! {
    loss All(out: [3], target: [3]) {
        let e = out - target;
        e * e
    }
}

fn main() {}
