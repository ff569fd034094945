use loom::network;

network! {
    block Twice<IN, OUT> { Dense<IN, OUT> -> Dense<OUT, OUT> }
    struct Few { Dense<4, 8> -> Twice<8> }
    struct Many { Dense<4, 8> -> Twice<8, 8, 8> }
    struct Zero { Dense<4, 8> -> Twice<8, 0> }
    struct Float { Dense<4, 8> -> Twice<8, 0.5> }
    struct Option { Dense<4, 8> -> Twice<8, 8, bias = false> }
}

fn main() {}
