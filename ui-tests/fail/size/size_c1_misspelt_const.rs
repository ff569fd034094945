use loom::network;

network! {
    const WIDTH: usize = 8;

    struct Net { Dense<2, WIDHT> }
}

fn main() {}
