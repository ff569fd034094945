use loom::network;

network! {
    struct AllValues {
        let a = Dense<4, 8>;
        let b = a -> Tanh;
        Dense<4, 8> -> Sum { a | b } -> Dense<8, 1>
    }
    struct Nested {
        let a = Dense<4, 8>;
        a -> Product { Sum { input -> Dense<4, 8> | input -> Dense<4, 8> } | input -> Dense<4, 8> }
    }
    struct Repeated {
        let a = Dense<4, 8>;
        Sum { a | a -> Tanh } * 3
    }
}

fn main() {}
