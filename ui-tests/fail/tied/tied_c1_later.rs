use loom::network;

network! {
    struct Net: [4] { Dense<4, 6, tied = wide> -> Dense<6, 4> -> wide: Dense<4, 6> }
}

fn main() {}
