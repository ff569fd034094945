use loom::network;

network! {
    struct Net { Dense<2, 8> -> Dropout<1> -> Dropout<0> -> Dropout<20> }
}

fn main() {}
