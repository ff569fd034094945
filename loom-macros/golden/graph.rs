loom::network! {
    /// A value that two stacks read, and a block.
    pub struct Graph {
        let a = Half<4> -> Tanh;
        Concat { a | a -> Half<2> | input }
    }
    block Half<N> { Dense<N, 2, bias = false> }
}
