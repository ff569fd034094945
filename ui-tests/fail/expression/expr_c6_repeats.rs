use loom::network;

network! {
    struct Alternating: [2, 1, 3, 1, 4, 1] {
        let b = Reshape<1, 24> -> Dense<24, 60> -> Reshape<1, 3, 1, 4, 1, 5>;
        input * b -> Flatten -> Dense<1440, 2>
    }
}

fn main() {}
