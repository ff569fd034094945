use loom::network;

network! {
    struct Repeated { let a = Dense<4, 4>; a * 3 -> Dense<4, 1> }
    struct Multiplied { let a = Dense<4, 4>; let b = a -> Tanh; Sum { a * 2 | b } }
    struct Arguments { let a = Dense<4, 4>; Sum { a<4> | Relu } }
}

fn main() {}
