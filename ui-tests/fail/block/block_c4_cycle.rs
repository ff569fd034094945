use loom::network;

network! {
    block Twice<IN> { Dense<IN, IN> -> Twice<IN> }
    struct Net { Dense<4, 8> -> Twice<8> }
}

fn main() {}
