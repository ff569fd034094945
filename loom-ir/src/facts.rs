//! What other code asks of a layer, whichever it is.

use crate::layers::{Activation, Conv2d};

/// The answers of a layer. Each layer writes all of them, so that none is left out where a question is added.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts {
    /// What it takes.
    pub input: Input,
    /// What its output's values are.
    pub output: Output,
    /// What other code tells it from other layers by.
    pub kind: Kind,
    /// What backward reads.
    pub saved: Saved,
}

/// What of a layer's values backward reads, on a CPU or on a GPU, beside the work value. The others need not be kept for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// Its inputs.
    pub inputs: bool,
    /// Its output.
    pub output: bool,
}

impl Saved {
    /// Neither: the gradient of the output is all that it needs.
    pub const NOTHING: Self = Saved { inputs: false, output: false };
    /// The inputs.
    pub const INPUTS: Self = Saved { inputs: true, output: false };
    /// The output.
    pub const OUTPUT: Self = Saved { inputs: false, output: true };

    /// Those of a matrix product with an activation function, whose derivative follows from the output.
    pub(crate) fn by_product(activation: Activation) -> Self {
        Saved { inputs: true, output: activation != Activation::Identity }
    }
}

/// What a layer takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Any values.
    Any,
    /// As the last of its inputs numbers of tokens, which are below that of the vocabulary's size. They have no gradient.
    Tokens(usize),
    /// What another layer computes: backward needs the gradient of the input, which the first layer does not always have.
    Computed,
}

/// What the values of a layer's output are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Computed from those of the input.
    New,
    /// Values of the input as they are.
    Kept,
    /// Computed with random numbers, for which the layer needs a stream of its own.
    Random,
}

/// What tells a layer from others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Nothing: it only computes its output.
    Plain,
    /// It is a matrix product with a parameter.
    MatrixProduct(MatrixProduct),
    /// It is an activation function.
    Activation(Activation),
    /// It is a sum of its inputs: the gradient of each is the output's.
    Sum,
    /// It normalises by statistics of the batch, each of so many values of a sample.
    BatchStatistics(usize),
}

/// A matrix product of a layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MatrixProduct {
    /// Whether the layer's second parameter is added. The matrix is the first.
    pub has_bias: bool,
    /// The vectors that the matrix is multiplied by.
    pub factors: Factors,
    /// The activation function that is applied to the result, if one can be.
    pub activation: Option<Activation>,
    /// Whether inference is faster with a copy of the matrix as panels.
    pub wants_panels: bool,
}

/// The vectors that a matrix is multiplied by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Factors {
    /// The rows of the input.
    Rows,
    /// What a convolution's window sees of the input at each position.
    Windows(Conv2d),
    /// The layer's own outputs, each at the next step; zeros at the first.
    Outputs,
}
