use loom::network;

network! {
    struct Net { Dense<2, 8> -> Transmogrify<3> -> Dense<8, 1> }
}

fn main() {}
