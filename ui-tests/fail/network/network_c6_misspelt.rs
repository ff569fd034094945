use loom::network;

network! {
    struct Net { Desne<2, 8> -> ReLU -> Linear<8, 4> -> Dense<5, 1> }
}

fn main() {}
