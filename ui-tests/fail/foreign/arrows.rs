use loom::network;

network! {
    struct Long: [2] { Dense<2, 8> --> Relu }
    struct Fat: [2] { Dense<2, 8> => Relu => Dense<8, 1> }
    struct Pipe: [2] { Dense<2, 8> | Relu }
    struct Plus: [2] { Residual { Dense<2, 2> } + Dense<2, 8> }
}

fn main() {}
