use loom::network;

network! {
    struct Values: [3, 4] { reshape(input, 3, 5) -> Dense<5, 2> }
    struct Fraction: [3, 4] { reshape(input, 1.5, 8) -> Dense<8, 2> }
    struct Nothing: [3, 4] { reshape(input) -> Dense<4, 2> }
    struct Zero: [3, 4] { reshape(input, 0, 12) -> Dense<12, 2> }
}

fn main() {}
