//! Convolutions.

use super::{Activation, Constants, Describe, Window};
use crate::facts::{Factors, Facts, Input, Kind, MatrixProduct, Output, Saved};
use crate::fields::fields;
use crate::params::{Read, weight_and_bias, weight_and_bias_constants};
use crate::sizes::{Sizes, count};

/// `Conv2d<IN, OUT, K, stride = 1, padding = 0, dilation = 1, bias = true>`: two-dimensional cross-correlation.
///
/// `y[o, i, j] = b[o] + Σ W[o, c, u, v] · x[c, i·stride + u·dilation - padding, j·stride + v·dilation - padding]` over c, u
/// and v, where x is 0 outside the image.
///
/// Shapes: input `[IN, H, W]`, output `[OUT, H', W']` with H' = (H + 2·padding - dilation·(K - 1) - 1) / stride + 1, weight
/// `[OUT, IN, K, K]`, bias `[OUT]`. `K`, `stride`, `padding` and `dilation` take one number or (rows, columns). PyTorch's
/// `nn.Conv2d`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conv2d {
    /// IN.
    pub in_channels: usize,
    /// OUT.
    pub out_channels: usize,
    /// The window's walk over the image.
    pub window: Window,
    /// Whether there is a b.
    pub bias: bool,
    /// Applied to the sum; one whose derivative follows from its output.
    pub activation: Activation,
}

impl Conv2d {
    /// Values of the input.
    #[inline]
    pub fn input_len(&self) -> usize {
        self.in_channels * self.window.image_len()
    }

    /// Values of the output.
    #[inline]
    pub fn output_len(&self) -> usize {
        self.out_channels * self.window.positions_len()
    }

    /// Inputs that one output sums over.
    #[inline]
    pub fn depth(&self) -> usize {
        self.in_channels * self.window.kernel_len()
    }

    /// Values of the weight.
    #[inline]
    pub fn weight_len(&self) -> usize {
        self.out_channels * self.depth()
    }

    /// Values of the columns: what each position sees.
    #[inline]
    pub fn columns_len(&self) -> usize {
        self.depth() * self.window.positions_len()
    }

    /// Multiply-adds for one sample.
    #[inline]
    pub fn cost(&self) -> usize {
        self.out_channels * self.columns_len()
    }

    /// Rows of a padded image's channel, columns of one phase, and values of a row.
    #[inline]
    pub fn image_sizes(&self) -> [usize; 3] {
        let Window { image, padding, stride, .. } = self.window;
        let phase = (image[1] + 2 * padding[1]).div_ceil(stride[1]);
        [image[0] + 2 * padding[0], phase, phase * stride[1]]
    }

    /// Values of a padded image, if they can be counted.
    pub fn image_len(&self) -> Option<usize> {
        let Window { image, padding, stride, .. } = self.window;
        let phase = (image[1] + 2 * padding[1]).div_ceil(stride[1]);
        count(&[self.in_channels, image[0] + 2 * padding[0], phase, stride[1]])
    }
}

fields!(Conv2d: in_channels out_channels window bias activation);

impl Describe for Conv2d {
    #[inline]
    fn facts(&self) -> Facts {
        let (factors, activation) = (Factors::Windows(*self), Some(self.activation));
        let product = MatrixProduct { has_bias: self.bias, factors, activation, wants_panels: false };
        Facts {
            input: Input::Any,
            output: Output::New,
            kind: Kind::MatrixProduct(product),
            saved: Saved::by_product(self.activation),
        }
    }

    fn params(&self, to: &mut dyn FnMut(Read)) {
        let Conv2d { in_channels, out_channels, window: Window { kernel: [rows, columns], .. }, bias, .. } = *self;
        let fans = [in_channels, out_channels].map(|channels| channels.saturating_mul(rows).saturating_mul(columns));
        weight_and_bias(&[out_channels, in_channels, rows, columns], fans, bias, to);
    }

    fn constants(&self, to: &mut dyn Constants) {
        to.size("IN_CHANNELS", self.in_channels);
        to.size("OUT_CHANNELS", self.out_channels);
        self.window.constants(to);
        weight_and_bias_constants(self.bias, to);
        self.activation.constants(to);
    }

    fn sizes(&self) -> Option<Sizes> {
        let Conv2d { in_channels, out_channels, window, activation, .. } = *self;
        let Window { image: [height, width], kernel: [rows, columns], positions: [down, across], .. } = window;
        let input = count(&[in_channels, height, width]).filter(|_| window.is_consistent())?;
        let output = count(&[out_channels, down, across]).filter(|_| activation.follows_from_output())?;
        let depth = count(&[in_channels, rows, columns])?;
        // One channel's columns, which backward lays out, and the image, whose values have indices of 32 bits.
        count(&[rows, columns, down, across])?;
        self.image_len().filter(|&len| len <= u32::MAX as usize)?;
        let weight_len = count(&[out_channels, depth])?;
        // Backward leaves each sample's gradients of the parameters.
        Some(Sizes::new(input, output).scratch(weight_len + out_channels).multiply_adds(&[output, depth]))
    }
}

/// `Conv1d<IN, OUT, K, stride = 1, padding = 0, dilation = 1, bias = true>`: one-dimensional cross-correlation.
///
/// `y[o, i] = b[o] + Σ W[o, c, u] · x[c, i·stride + u·dilation - padding]` over c and u, where x is 0 outside its length.
///
/// Shapes: input `[IN, L]`, output `[OUT, L']` with L' = (L + 2·padding - dilation·(K - 1) - 1) / stride + 1, weight
/// `[OUT, IN, K]`, bias `[OUT]`. Steps of features, `[steps, features]`, become channels by [`Transpose`](super::Transpose).
/// PyTorch's `nn.Conv1d`.
///
/// It is computed as a [`Conv2d`] over an image of one row.
pub type Conv1d = Conv2d;
