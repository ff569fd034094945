use loom::network;

network! {
    struct Net { Dense<2, 3> -> Dense<4, 5> -> Dense<5, 6> -> Dense<7, 8> }
    struct Other { Dense<1, 2> -> Dense<1, 2> }
}

fn main() {
    let _ = Net::new(loom::Seed(0));
}
