use loom::network;

network! {
    struct Below {
        let a = Dense<4, 8> -> Tanh;
        let b = c -> Dense<8, 8>;
        let c = a -> Relu;
        Sum { b | a }
    }
    struct Itself { let a = Dense<4, 8> -> Sum { | a }; a -> Dense<8, 1> }
}

fn main() {}
