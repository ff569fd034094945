//! An expression of several values.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::sizes::{Inputs, Sizes, count};

/// An expression of a function: y = f(a, b, ..), value by value. What it computes is the step's [`Program`](crate::plan::Program).
///
/// Shapes: the inputs are broadcast to the output's shape, as in NumPy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expression {
    /// Values of the output per sample.
    pub len: usize,
    /// Values per sample of the inputs that are repeated.
    pub repeated: usize,
    /// Whether a gradient reads an input.
    pub reads_inputs: bool,
    /// Whether a gradient reads the output.
    pub reads_output: bool,
}

fields!(Expression: len repeated reads_inputs reads_output);

impl Describe for Expression {
    #[inline]
    fn facts(&self) -> Facts {
        let saved = Saved { inputs: self.reads_inputs, output: self.reads_output };
        Facts { input: Input::Any, output: Output::New, kind: Kind::Plain, saved }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        to.size("REPEATED", self.repeated);
    }

    fn sizes(&self) -> Option<Sizes> {
        let scratch = if self.repeated > 0 { self.len } else { 0 };
        Some(Sizes::of(Inputs::Program, count(&[self.len])?).scratch(scratch))
    }
}
