use loom::network;

network! {
    struct Comma { Dense<4, 8> -> Sum { Relu, Tanh } -> Dense<8, 1> }
    struct Let { Dense<4, 8> -> Sum { let a = Dense<8, 8>; a | Relu } -> Dense<8, 1> }
    struct Plus { Dense<4, 8> -> Sum { Relu + Tanh } -> Dense<8, 1> }
    struct Arrow { Dense<4, 8> -> Sum { Dense<8, 8> -> | Relu } -> Dense<8, 1> }
    struct Empty { Dense<4, 8> -> Sum { } -> Dense<8, 1> }
    struct Behind { Dense<4, 8> -> Sum { Relu | Tanh } Dense<8, 1> }
}

fn main() {}
