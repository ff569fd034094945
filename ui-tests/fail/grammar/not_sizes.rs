use loom::network;

network! {
    struct Net { Dense<2, a::B> -> Dense<f(3), 2.5> -> Dense<"x", -1> -> Dense<1 << 4, 2 as usize> }
}

fn main() {}
