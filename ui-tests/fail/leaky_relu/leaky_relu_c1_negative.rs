use loom::network;

network! {
    struct Net { Dense<2, 8> -> LeakyRelu<slope = -0.2> }
}

fn main() {}
