use loom::network;

network! {
    struct Doubled: [8] { Residual { | } }
    struct Open { let a = Relu; Sum { a | Tanh } }
    struct Unread { let a = Dense<4, 8>; let b = a -> Tanh; Dense<4, 1> }
    block Unused<C> { let a = Dense<C, C>; let b = a -> Relu; a -> Dense<C, C> }
}

fn main() {}
