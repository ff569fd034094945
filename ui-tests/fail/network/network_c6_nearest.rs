use loom::network;

network! {
    struct Net { Dense<2, 8> -> Rellu -> relu -> Conv<8, 4> }
}

fn main() {}
