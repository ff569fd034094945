use loom::network;

network! {
    struct Net { Dense<4, 8> -> Product { Dense<8, 7> -> Sigmoid | } -> Dense<8, 1> }
}

fn main() {}
