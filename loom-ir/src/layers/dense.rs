//! Dense layers.

use super::{Activation, Constants, Describe, weight_and_bias};
use crate::facts::{Applied, Factors, Facts, Input, Output, Product};
use crate::fields::fields;
use crate::sizes::{Needs, Sizes, count};

/// `Dense<IN, OUT>`: y = x Wᵀ + b on the last dimension. `Dense<IN, OUT, bias = false>` leaves b out.
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
    /// Offset of the weight.
    pub weight: usize,
    /// Offset of the bias.
    pub bias: Option<usize>,
    /// Applied to the sum; one whose derivative follows from its output.
    pub activation: Activation,
}

fields!(Dense: rows inputs outputs weight bias activation);

impl Describe for Dense {
    #[inline]
    fn facts(&self) -> Facts {
        let (weight, bias, factors) = (self.weight, self.bias, Factors::Rows);
        let product = Product { weight, bias, factors, wants_panels: true };
        Facts {
            input: Input::Any,
            output: Output::New,
            product: Some(product),
            activation: Some(Applied::Last(self.activation)),
            end: None,
            statistic: None,
        }
    }

    fn constants(&self, to: &mut dyn Constants) {
        to.size("ROWS", self.rows);
        to.size("IN", self.inputs);
        to.size("OUT", self.outputs);
        weight_and_bias(to, self.weight, self.bias);
        self.activation.constants(to);
    }

    fn sizes(&self) -> Option<Sizes> {
        let Dense { rows, inputs, outputs, weight, bias, activation } = *self;
        let input = count(&[rows, inputs]).filter(|_| activation.follows_from_output())?;
        let sizes = Sizes::new(input, count(&[rows, outputs])?).reads(weight, Needs::Matrix([outputs, inputs]));
        Some(sizes.reads(bias, Needs::Vector(outputs)))
    }

    fn scratch(&self) -> usize {
        0
    }
}
