use loom::network;

network! {
    struct Net: [9] { Dense<9, 9> -> Relu -> Embedding<65, 64> -> Dense<64, 65> }
    struct Text: [9] { Flatten -> Embedding<65, 64> }
    struct Uses: [9] { Dense<9, 9> -> Text }
    struct Fine: [3, 3] { Transpose -> Flatten -> Text }
}

fn main() {}
