use loom::network;

network! {
    struct Tower: [4] { first: Dense<4, 4> -> Tanh }
    struct Net: [4] { Tower -> first }
}

fn main() {}
