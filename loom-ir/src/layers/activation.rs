//! Activation functions.

use super::{Constants, Describe};
use crate::facts::{Applied, Facts, Input, Output};
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
    /// Whether its constants are a function's.
    pub fn is_sound(self) -> bool {
        match self {
            Activation::LeakyRelu { slope } => slope >= 0.0,
            Activation::Identity
            | Activation::Relu
            | Activation::Sigmoid
            | Activation::Tanh
            | Activation::Silu
            | Activation::Gelu
            | Activation::GeluTanh => true,
        }
    }

    /// Whether its derivative follows from its output, so that it can be part of the layer before it.
    pub fn follows_from_output(self) -> bool {
        match self {
            Activation::Identity
            | Activation::Relu
            | Activation::LeakyRelu { .. }
            | Activation::Sigmoid
            | Activation::Tanh => self.is_sound(),
            Activation::Silu | Activation::Gelu | Activation::GeluTanh => false,
        }
    }

    /// The variant's name.
    pub fn name(self) -> &'static str {
        match self {
            Activation::Identity => "Identity",
            Activation::Relu => "Relu",
            Activation::LeakyRelu { .. } => "LeakyRelu",
            Activation::Sigmoid => "Sigmoid",
            Activation::Tanh => "Tanh",
            Activation::Silu => "Silu",
            Activation::Gelu => "Gelu",
            Activation::GeluTanh => "GeluTanh",
        }
    }

    /// The field of the variant, by its name, if it has one.
    pub fn constant(self) -> Option<(&'static str, f32)> {
        match self {
            Activation::LeakyRelu { slope } => Some(("slope", slope)),
            Activation::Identity
            | Activation::Relu
            | Activation::Sigmoid
            | Activation::Tanh
            | Activation::Silu
            | Activation::Gelu
            | Activation::GeluTanh => None,
        }
    }

    /// The number that `activation.wgsl` knows it by.
    fn number(self) -> usize {
        match self {
            Activation::Identity => 0,
            Activation::Relu => 1,
            Activation::LeakyRelu { .. } => 2,
            Activation::Sigmoid => 3,
            Activation::Tanh => 4,
            Activation::Silu => 5,
            Activation::Gelu => 6,
            Activation::GeluTanh => 7,
        }
    }

    /// Its constants for the kernels that apply it.
    pub(crate) fn constants(self, to: &mut dyn Constants) {
        to.size("ACTIVATION", self.number());
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
        Facts {
            input: Input::Any,
            output: Output::New,
            product: None,
            activation: Some(Applied::Alone(self.activation)),
            passes_gradient: false,
            statistic: None,
        }
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

    fn scratch(&self) -> usize {
        0
    }
}
