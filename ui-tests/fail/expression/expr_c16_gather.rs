use loom::network;

// The indices of a class for each row have an axis of 1.
network! {
    struct Rows(x: [5, 10], class: [5]) { gather(x, class, axis = 1) -> Dense<10, 2> }
    struct Other(x: [5, 10], at: [4, 3]) { gather(x, at, axis = 1) -> Dense<3, 2> }
    struct NoAxis(x: [5, 10], at: [5, 3]) { gather(x, at) -> Dense<3, 2> }
    struct Far(x: [5, 10], at: [5, 3]) { gather(x, at, axis = 2) -> Dense<3, 2> }
    struct Dim(x: [5, 10], at: [5, 3]) { gather(x, at, dim = 1) -> Dense<3, 2> }
    struct Order(x: [5, 10], at: [5, 3]) { gather(x, 1, at) -> Dense<3, 2> }
    struct Number: [10] { gather(input, 3.0, axis = 0) -> Dense<1, 2> }
    struct Long(x: [16_777_217], at: [2]) { gather(x, at, axis = 0) -> Dense<2, 2> }
}

fn main() {}
