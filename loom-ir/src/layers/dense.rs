//! Dense layers.

use super::{Activation, Constants, Describe};
use crate::facts::{Factors, Facts, Input, Kind, MatrixProduct, Output, Saved};
use crate::fields::fields;
use crate::params::{Read, weight_and_bias, weight_and_bias_constants};
use crate::sizes::{Sizes, count};

/// `Dense<IN, OUT>`: y = x Wᵀ + b on the last dimension. `Dense<IN, OUT, bias = false>` leaves b out. With `tied = NAME`, W is the weight of
/// the layer of that name, such as an `Embedding<OUT, IN>`.
///
/// Shapes: input `[.., IN]`, output `[.., OUT]`, weight `[OUT, IN]`, bias `[OUT]`. PyTorch's `nn.Linear`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dense {
    /// Product of the sample's dimensions before the last.
    pub rows: usize,
    /// IN.
    pub inputs: usize,
    /// OUT.
    pub outputs: usize,
    /// Whether there is a b.
    pub bias: bool,
    /// Applied to the sum; one whose derivative follows from its output.
    pub activation: Activation,
}

fields!(Dense: rows inputs outputs bias activation);

impl Describe for Dense {
    #[inline]
    fn facts(&self) -> Facts {
        let activation = Some(self.activation);
        let product = MatrixProduct { has_bias: self.bias, factors: Factors::Rows, activation, wants_panels: true };
        Facts {
            input: Input::Any,
            output: Output::New,
            kind: Kind::MatrixProduct(product),
            saved: Saved::by_product(self.activation),
        }
    }

    fn params(&self, to: &mut dyn FnMut(Read)) {
        weight_and_bias(&[self.outputs, self.inputs], [self.inputs, self.outputs], self.bias, to);
    }

    fn constants(&self, to: &mut dyn Constants) {
        to.size("ROWS", self.rows);
        to.size("IN", self.inputs);
        to.size("OUT", self.outputs);
        weight_and_bias_constants(self.bias, to);
        self.activation.constants(to);
    }

    fn sizes(&self) -> Option<Sizes> {
        let Dense { rows, inputs, outputs, activation, .. } = *self;
        let input = count(&[rows, inputs]).filter(|_| activation.follows_from_output())?;
        count(&[outputs, inputs])?;
        Some(Sizes::new(input, count(&[rows, outputs])?).multiply_adds(&[rows, inputs, outputs]))
    }
}
