use loom::network;

network! {
    struct Pair: [4] -> (mean, deviation) {
        let mean = Dense<4, 2>;
        let deviation = Dense<4, 2>;
    }
    loss Wrong(out: [3], class: Label<3>) { mean(abs(one_hot(argmax(out), 3) - class)) }
    loss Detached(out: PairOutput, target: [2]) { sum(square(detach(out.mean) - target)) }
}

fn main() {}
