use loom::network;

network! {
    struct Inputs(a: [3], a: [2]) { a -> Dense<3, 1> }
    struct Outputs: [3] -> (a, b, a) { let a = Dense<3, 1>; let b = Dense<3, 1>; }
    struct Values(a: [3], b: [2]) {
        let b = a -> Dense<3, 2>;
        Concat { a | b } -> Dense<5, 1>
    }
    struct Input(input: [3], b: [2]) { Concat { input | b } -> Dense<5, 1> }
}

fn main() {}
