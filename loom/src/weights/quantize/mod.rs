//! Quantisation with options: which weights share a scale, how scales are found, and calibration by GPTQ.
//!
//! [`Network::quantize`](crate::Network::quantize) rounds each weight to nearest, with the scales that [`dtype`](crate::dtype)
//! gives. [`Network::quantize_with`](crate::Network::quantize_with) takes a [`Rounding`]: other groups of weights that share a
//! scale, and the search for scales. With inputs to calibrate by,
//! [`Network::quantize_calibrated`](crate::Network::quantize_calibrated) rounds so that the outputs for these inputs stay near
//! to what they were.
//!
//! ```
//! use loom::dtype::{F4, I8};
//! use loom::prelude::*;
//! use loom::quantize::{Granularity, Rounding};
//!
//! network! { struct Net { Dense<8, 32> -> Tanh -> Dense<32, 3> } }
//!
//! let net = Net::new(Seed(42));
//! let fine: Net<I8> = net.quantize_with(&Rounding::new().granularity(Granularity::Block16))?;
//! assert!(fine.weights().bits_per_weight() > 9.9);
//!
//! let inputs: Vec<[f32; 8]> = (0..64).map(|i| core::array::from_fn(|j| ((i * 8 + j) % 13) as f32 / 13.0)).collect();
//! let small = net.quantize_calibrated::<F4>(&Rounding::new(), &inputs, 1.0)?;
//! assert!(small.weights().bits_per_weight() < 5.5);
//! # Ok::<(), loom::Error>(())
//! ```
//!
//! # Calibration
//!
//! The layers are rounded in their order. For each, the inputs x that it gets behind the layers rounded before, and the inputs y
//! that it got behind the layers as they were, give H = Σ x xᵀ and Σ y xᵀ in binary64. The weight that comes nearest to the
//! old outputs on the new inputs is rounded as [`compensate`] says, and the bias makes up for what is left on
//! average. So it is with the matrices of `Dense`, alone or inside `SwiGlu` and `MultiHeadAttention`, of `Conv2d` and
//! `Conv1d` (x being what the window sees), and of `Rnn`, `Lstm` and `Gru` (for the recurrent one, x is the hidden state
//! before a step, as it was before this matrix was rounded). `Embedding` and `LearnedPositions` have no product to keep, and
//! are rounded to nearest; so are the formats of 32 bits and more.
//!
//! Two thousand inputs like those that the network is for are plenty; they should not be the ones that it is judged by. The
//! activations of all of them are held at once, twice, beside the sums, 8 bytes for each pair of a layer's inputs.
//! The number of threads changes no bit of the result.
//!
//! [`Calibration`] is H alone, behind the layers as they were: less good, but it can be saved, and used by a program that does
//! not know the network.

mod calibration;
mod compensate;
mod factor;
mod flow;
mod options;
mod sequence;
#[cfg(test)]
mod tests;

pub use crate::dtype::Search;
pub use crate::error::RoundingError;
pub use calibration::Calibration;
pub use compensate::compensate;
pub use options::{Granularity, Rounding};
pub(crate) use sequence::{Rounded, round, round_calibrated};
