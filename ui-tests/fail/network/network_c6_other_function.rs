use loom::network;

network! {
    struct Net { Dense<2, 8> -> Elu -> LogSoftmax -> Glu }
    struct Length: [4, 8] { MaxPool1d<2> -> BatchNorm1d<4> }
    struct Values: [4] { BatchNorm1d<4> -> Dense<5, 1> }
}

fn main() {}
