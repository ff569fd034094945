use loom::network;

network! {
    struct Add { Dense<4, 8> -> Add { Relu | Tanh } -> Dense<8, 1> }
    struct Cat { Dense<4, 8> -> Cat { Relu | Tanh } -> Dense<16, 1> }
    struct Lower { Dense<4, 8> -> concat { Relu | Tanh } -> Dense<16, 1> }
    struct Misspelt { Dense<4, 8> -> Residul { Relu -> Dense<8, 8> } -> Dense<8, 1> }
    struct NoBraces { Dense<4, 8> -> Residual -> Dense<8, 1> }
    struct Own { let a = Dense<4, 8>; Sum { a | a -> Tanh } }
    struct Others { Own -> Sum { a | Relu } -> Dense<8, 1> }
    struct Layer { let a = Dense<4, 8>; Sum { a | b: Relu } }
}

fn main() {}
