//! Normalisation of each row.

use super::{Constants, Describe, weight_and_bias};
use crate::facts::{Facts, Input, Output};
use crate::fields::fields;
use crate::sizes::{Needs, Sizes, count};

/// `LayerNorm<eps = 1e-5, bias = true>`: y = (x - mean) / √(variance + eps) · w + b over the last dimension, where the
/// variance is the mean of (x - mean)². `bias = false` leaves b out.
///
/// A row whose sum of (x - mean)² is beyond binary32, 3.4e38, gives NaN.
///
/// Shapes: input and output `[.., N]`, weight `[N]`, bias `[N]`. PyTorch's `nn.LayerNorm` (Ba et al., arXiv:1607.06450).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerNorm {
    /// Product of the sample's dimensions before the last.
    pub rows: usize,
    /// N.
    pub len: usize,
    /// eps, which is above 0.
    pub epsilon: f32,
    /// Offset of the weight.
    pub weight: usize,
    /// Offset of the bias.
    pub bias: Option<usize>,
}

/// `RmsNorm<eps = 1.1920929e-7>`: y = x / √(mean of x² + eps) · w over the last dimension.
///
/// A row whose sum of x² is beyond binary32, 3.4e38, gives NaN.
///
/// Shapes: input and output `[.., N]`, weight `[N]`. PyTorch's `nn.RMSNorm` (Zhang and Sennrich, arXiv:1910.07467), whose eps
/// is the machine epsilon unless it is given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RmsNorm {
    /// Product of the sample's dimensions before the last.
    pub rows: usize,
    /// N.
    pub len: usize,
    /// eps, which is above 0.
    pub epsilon: f32,
    /// Offset of the weight.
    pub weight: usize,
}

/// The sizes of both.
fn sizes(rows: usize, len: usize, epsilon: f32, weight: usize, bias: Option<usize>) -> Option<Sizes> {
    let values = count(&[rows, len]).filter(|_| epsilon > 0.0)?;
    let sizes = Sizes::new(values, values).work(count(&[rows, 2])?);
    Some(sizes.reads(weight, Needs::Vector(len)).reads(bias, Needs::Vector(len)))
}

fields!(LayerNorm: rows len epsilon weight bias);

impl Describe for LayerNorm {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::New, product: None, activation: None, end: None, statistic: None }
    }

    fn constants(&self, to: &mut dyn Constants) {
        to.size("ROWS", self.rows);
        to.size("LEN", self.len);
        to.number("SHARE", (1.0 / self.len as f64) as f32);
        to.number("EPSILON", self.epsilon);
        to.flag("CENTRED", true);
        weight_and_bias(to, self.weight, self.bias);
    }

    fn sizes(&self) -> Option<Sizes> {
        sizes(self.rows, self.len, self.epsilon, self.weight, self.bias)
    }

    fn scratch(&self) -> usize {
        0
    }
}

fields!(RmsNorm: rows len epsilon weight);

impl Describe for RmsNorm {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::New, product: None, activation: None, end: None, statistic: None }
    }

    fn constants(&self, to: &mut dyn Constants) {
        to.size("ROWS", self.rows);
        to.size("LEN", self.len);
        to.number("SHARE", (1.0 / self.len as f64) as f32);
        to.number("EPSILON", self.epsilon);
        to.flag("CENTRED", false);
        weight_and_bias(to, self.weight, None);
    }

    fn sizes(&self) -> Option<Sizes> {
        sizes(self.rows, self.len, self.epsilon, self.weight, None)
    }

    fn scratch(&self) -> usize {
        0
    }
}
