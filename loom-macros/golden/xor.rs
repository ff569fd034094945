loom::network! {
    /// The smallest network worth training.
    pub struct Xor { Dense<2, 8> -> Tanh -> Dense<8, 1> }
}
