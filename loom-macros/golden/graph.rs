loom::network! {
    /// Several inputs and outputs, a value that two stacks read, and a block that is used twice with the same weights.
    pub struct Graph(left: [4], right: [4]) -> (near, far) {
        let near = left -> half: Half<4> -> Tanh;
        let far = Concat { near | right -> half };
    }
    block Half<N> { Dense<N, 2, bias = false> }
}
