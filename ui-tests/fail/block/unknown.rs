use loom::network;

network! {
    block Twice<IN> { Dense<IN, WIDTH> -> Gate -> Dense<WIDTH, IN> }
    struct Net { Dense<4, 8> -> Twice<8> -> Twise<8> -> Dense<8, 1> }
}

fn main() {}
