use loom::network;

network! {
    struct Semicolon { let a = Dense<4, 8> a -> Dense<8, 1> }
    struct Output { let a = Dense<4, 8>; }
    struct Nothing { let a = ; a -> Dense<4, 1> }
}

fn main() {}
