use loom::network;

const WIDTH: usize = 8;

network! {
    struct Net { Dense<2, WIDTH> }
}

fn main() {}
