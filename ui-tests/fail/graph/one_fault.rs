use loom::network;

// One fault is one error.
network! {
    struct Keyword(type: [6], y: [6]) { Sum { type | y } }
    struct Itself(self: [6], y: [6]) { Sum { self | y } }
    struct Output: [4] -> (in, b) { let b = Dense<4, 2>; }
    struct Mutable: [4] { let mut x = Dense<4, 1>; x }
}

network! {
    struct NoLet: [4] { a = Tanh; b = a -> Relu; Sum { a | b } -> Dense<4, 1> }
    struct Typed: [4] { let x: [1] = Dense<4, 1>; x }
    struct Stack: [4] -> (a, b) { let a = Dense<4, 2>; let b = Tanh; a }
}

network! {
    struct Several(a: [4], b: [4]) { Dense<4, 1> }
    struct Tower: [4] { Dense<4, 4> }
    struct Called: [4] { Tower(input) -> Dense<4, 2> }
    struct Misspelt: [4] -> (scores, boxes) { let score = Dense<4, 2>; let boxes = Dense<4, 4>; }
    struct Layer: [4] { let Dense = Tanh; Dense -> Dense<4, 1> }
    struct Shortcut: [4, 8, 8] {
        Residual { Conv2d<4, 8, 3, stride = 2, padding = 1> } -> GlobalAvgPool -> Dense<8, 1>
    }
}

fn main() {}
