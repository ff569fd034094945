//! Activation functions.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::sizes::{Sizes, count};

/// An activation function, applied to each value.
///
/// Those whose derivative follows from their output alone (`Identity`, `Relu`, `LeakyRelu`, `Sigmoid`, `Tanh`) the
/// macro fuses into the `Dense` or `Conv2d` before them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// y = x: what a `Dense` or `Conv2d` with no activation after it carries.
    Identity,
    /// y = max(x, 0). The derivative at 0 is 0.
    Relu,
    /// y = x where x > 0, slope · x elsewhere. `LeakyRelu<slope = 0.01>`.
    LeakyRelu {
        /// At least 0.
        slope: f32,
    },
    /// y = 1 / (1 + e^-x).
    Sigmoid,
    /// y = (e^x - e^-x) / (e^x + e^-x).
    Tanh,
    /// y = x · sigmoid(x) (Elfwing et al., arXiv:1702.03118; also called swish).
    Silu,
    /// y = x · Φ(x) with Φ the normal distribution's: x/2 · (1 + erf(x / √2)) (Hendrycks and Gimpel, arXiv:1606.08415).
    Gelu,
    /// The same paper's approximation: x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))).
    GeluTanh,
}

impl Activation {
    /// Its name, its number in `activation.wgsl`, whether its derivative follows from its output, and its constant.
    fn entry(self) -> (&'static str, usize, bool, Option<(&'static str, f32)>) {
        match self {
            Activation::Identity => ("Identity", 0, true, None),
            Activation::Relu => ("Relu", 1, true, None),
            Activation::LeakyRelu { slope } => ("LeakyRelu", 2, true, Some(("slope", slope))),
            Activation::Sigmoid => ("Sigmoid", 3, true, None),
            Activation::Tanh => ("Tanh", 4, true, None),
            Activation::Silu => ("Silu", 5, false, None),
            Activation::Gelu => ("Gelu", 6, false, None),
            Activation::GeluTanh => ("GeluTanh", 7, false, None),
        }
    }

    /// Whether its constant, if it has one, is a function's: at least 0.
    pub fn is_sound(self) -> bool {
        self.constant().is_none_or(|(_, number)| number >= 0.0)
    }

    /// Whether its derivative follows from its output, so that it can be part of the layer before it.
    pub fn follows_from_output(self) -> bool {
        self.entry().2 && self.is_sound()
    }

    /// The variant's name.
    pub fn name(self) -> &'static str {
        self.entry().0
    }

    /// The field of the variant, by its name, if it has one.
    pub fn constant(self) -> Option<(&'static str, f32)> {
        self.entry().3
    }

    /// Its constants for the kernels that apply it.
    pub(crate) fn constants(self, to: &mut dyn Constants) {
        to.size("ACTIVATION", self.entry().1);
        to.number("SLOPE", self.constant().map_or(0.0, |(_, slope)| slope));
    }
}

/// An activation as a step of its own.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Elementwise {
    /// Values per sample.
    pub len: usize,
    /// The function.
    pub activation: Activation,
}

fields!(Elementwise: len activation);

impl Describe for Elementwise {
    #[inline]
    fn facts(&self) -> Facts {
        let saved = match self.activation {
            Activation::Identity => Saved::NOTHING,
            activation if activation.follows_from_output() => Saved::OUTPUT,
            _ => Saved::INPUTS,
        };
        Facts { input: Input::Any, output: Output::New, kind: Kind::Activation(self.activation), saved }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        to.size("LEN", self.len);
        self.activation.constants(to);
    }

    fn sizes(&self) -> Option<Sizes> {
        let len = count(&[self.len]).filter(|_| self.activation.is_sound())?;
        Some(Sizes::new(len, len))
    }
}
