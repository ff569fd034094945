use loom::network;

network! {
    struct Net {
        let coarse = Dense<4, 8> -> Tanh;
        let fine = corse -> Dense<8, 8>;
        Sum { coarse | first -> Dense<4, 8> | fine } -> Dense<8, 1>
    }
}

fn main() {}
