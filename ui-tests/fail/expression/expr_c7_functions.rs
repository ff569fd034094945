use loom::network;

network! {
    struct Unknown: [4] { mishh(input) -> Dense<4, 2> }
    struct Near: [4] { softplsu(input) -> Dense<4, 2> }
    struct Layer: [4] { linear(input) -> Dense<4, 2> }
    struct Sized: [4] { exp::<4>(input) -> Dense<4, 2> }
    struct Optioned: [4] { exp(input, axis = 0) -> Dense<4, 2> }
}

fn main() {}
