use loom::network;

network! {
    struct Layer(image: [1, 4, 4], age: [1]) {
        let seen = Flatten -> Dense<16, 3>;
        Concat { seen | age | image -> Flatten } -> Dense<20, 1>
    }
    struct Arm(a: [3], b: [3]) { Sum { a | Dense<3, 3> | b } }
    struct Empty(a: [3], b: [3]) { Sum { | a | b } }
    struct Whole(a: [3], b: [3]) { Residual { Sum { a | b } } }
}

fn main() {}
