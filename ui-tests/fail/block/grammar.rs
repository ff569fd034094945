use loom::network;

network! {
    block Comma<A B> { Dense<A, B> }
    block Twice<A, A> { Dense<A, A> }
    block Shape: [8] { Dense<8, 8> }
    struct Net { Dense<4, 8> }
    struct Twice { Dense<4, 8> }
}

fn main() {}
