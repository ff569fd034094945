use loom::network;

// The sum goes over axes of one length.
network! {
    struct Depth(a: [3, 4], b: [5, 6]) { matmul(a, b) -> Dense<6, 2> }
}

// A matrix has two axes.
network! {
    struct Vector(a: [3, 4], b: [4]) { matmul(a, b) -> Dense<6, 2> }
}

// Each matrix has another one, or all have the same.
network! {
    struct Pairs(a: [2, 3, 4], b: [3, 4, 5]) { matmul(a, b) -> Dense<5, 2> }
}

network! {
    struct One(a: [3, 4]) { matmul(a) -> Dense<5, 2> }
}

network! {
    struct Option(a: [3, 4], b: [4, 5]) { matmul(a, b, axis = 1) -> Dense<5, 2> }
}

fn main() {}
