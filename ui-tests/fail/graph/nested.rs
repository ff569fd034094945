use loom::network;

network! {
    struct Inner { Dense<4, 8> -> Residual { Concat { Sum { Dense<8, 4> | Dense<8, 5> } | Dense<8, 4> } } }
    struct Outer { Dense<4, 8> -> Residual { Concat { Sum { Dense<8, 4> | Dense<8, 4> } | Dense<8, 5> } } }
    struct Three { Dense<4, 8> -> Sum { Dense<8, 4> | Dense<8, 5> | Product { Dense<8, 4> | Dense<8, 4> } } }
    struct Deep { Dense<4, 8> -> Twice<8> -> Dense<8, 1> }
    struct Used { Concat { Dense<4, 8> -> Gates | Dense<4, 5> } -> Dense<10, 1> }
    struct Gates: [5] { let gate = Sigmoid; Product { gate | input -> Dense<5, 5> } }
    block Twice<IN> { Once<IN> -> Once<8> }
    block Once<IN> { Sum { Dense<IN, 9> | Relu -> Dense<IN, 9> } }
}

fn main() {}
