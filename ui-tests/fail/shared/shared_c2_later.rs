use loom::network;

network! {
    struct Net: [4] {
        let a = tower -> Tanh;
        Sum { a | input -> tower: Dense<4, 4> }
    }
}

fn main() {}
