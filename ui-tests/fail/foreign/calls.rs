use loom::network;

network! {
    struct Calls: [2] { Dropout(0.5) -> Tanh() -> Dense[2, 8] -> Dense::<8, 4> -> nn.Linear(4, 3) }
    struct Paths: [3] { loom::layers::Dense<3, 4> -> torch.nn.ReLU() -> Dense<4, 2> }
}

fn main() {}
