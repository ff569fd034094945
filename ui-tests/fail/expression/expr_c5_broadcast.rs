use loom::network;

network! {
    struct Lengths: [4] { let a = Dense<4, 6>; input * a -> Dense<6, 2> }
    struct Channels: [8, 5, 5] { let gate = GlobalAvgPool -> Dense<8, 8>; input * gate -> Flatten -> Dense<200, 2> }
    struct Images: [8, 5, 5] { let small = Conv2d<8, 8, 3>; input + small -> Flatten -> Dense<200, 2> }
    struct Ranks: [3, 4] { let t = Transpose; (input - t) / 2.0 -> Dense<4, 2> }
    struct Select: [4] { let a = Dense<4, 3>; select(input < 0.0, a, input) -> Dense<4, 2> }
}

fn main() {}
