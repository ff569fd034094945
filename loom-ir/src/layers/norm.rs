//! Normalisation of each row.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::{Read, weight_and_bias_constants};
use crate::plan::{Role, Start};
use crate::sizes::{Sizes, count};

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
    /// Whether there is a b.
    pub bias: bool,
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
}

/// The sizes of both.
fn sizes(rows: usize, len: usize, epsilon: f32) -> Option<Sizes> {
    let values = count(&[rows, len]).filter(|_| epsilon > 0.0)?;
    Some(Sizes::new(values, values).work(count(&[rows, 2])?))
}

fields!(LayerNorm: rows len epsilon bias);

impl Describe for LayerNorm {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::New, kind: Kind::Plain, saved: Saved::INPUTS }
    }

    fn params(&self, to: &mut dyn FnMut(Read)) {
        to(Read::vector("weight", self.len, Role::Weight, Start::Ones));
        if self.bias {
            to(Read::vector("bias", self.len, Role::Bias, Start::Zeros));
        }
    }

    fn constants(&self, to: &mut dyn Constants) {
        to.size("ROWS", self.rows);
        to.size("LEN", self.len);
        to.number("SHARE", (1.0 / self.len as f64) as f32);
        to.number("EPSILON", self.epsilon);
        to.flag("CENTRED", true);
        weight_and_bias_constants(self.bias, to);
    }

    fn sizes(&self) -> Option<Sizes> {
        sizes(self.rows, self.len, self.epsilon)
    }
}

fields!(RmsNorm: rows len epsilon);

impl Describe for RmsNorm {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::New, kind: Kind::Plain, saved: Saved::INPUTS }
    }

    fn params(&self, to: &mut dyn FnMut(Read)) {
        to(Read::vector("weight", self.len, Role::Weight, Start::Ones));
    }

    fn constants(&self, to: &mut dyn Constants) {
        to.size("ROWS", self.rows);
        to.size("LEN", self.len);
        to.number("SHARE", (1.0 / self.len as f64) as f32);
        to.number("EPSILON", self.epsilon);
        to.flag("CENTRED", false);
        weight_and_bias_constants(false, to);
    }

    fn sizes(&self) -> Option<Sizes> {
        sizes(self.rows, self.len, self.epsilon)
    }
}
