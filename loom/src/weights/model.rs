//! What a network is: the types of its samples, its plan and its weights.

use crate::dtype::Precision;
use crate::plan::Plan;
use crate::run::sample::Sample;
use crate::weights::WeightsOf;
use core::fmt;

/// A network as `network!` writes it: the types of its samples, its plan and its weights. What it can do is in
/// [`Network`](crate::Network), which every model is.
///
/// The macro alone implements it: what it writes beside these items is no part of the public interface.
///
/// ```
/// use loom::prelude::*;
///
/// network! { struct Xor { Dense<2, 8> -> Tanh -> Dense<8, 1> } }
///
/// let inputs: Vec<<Xor as Model>::Input> = vec![[0.0, 1.0], [1.0, 1.0]];
/// let outputs: Vec<[f32; 1]> = Xor::new(Seed(42)).forward_batch(&inputs);
/// assert_eq!(outputs.len(), 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a network",
    label = "not a network",
    note = "`network!` writes networks"
)]
pub trait Model: Sized + Clone + Send + Sync + fmt::Debug {
    /// One input sample: a nested array of the network's input shape.
    type Input: Sample<Scalar = f32, AsF32 = Self::Input>;
    /// One output sample: a nested array of the network's output shape.
    type Output: Sample<Scalar = f32, AsF32 = Self::Output>;
    /// The number formats that the weights are stored in; a network is made and trained in [`F32`](crate::dtype::F32).
    type Precision: Precision;
    /// The same network in another format.
    type In<P: Precision>: Model<Input = Self::Input, Output = Self::Output, Precision = P>;
    /// All that the macro knows of the network.
    const PLAN: &'static Plan;

    /// The network with weights of its own.
    #[doc(hidden)]
    fn from_own(weights: WeightsOf<Self, Self::Precision>) -> Self;
    /// What [`weights`](crate::Network::weights) are those of.
    #[doc(hidden)]
    fn own_weights(&self) -> &WeightsOf<Self, Self::Precision>;
    /// The parameters, to change them, or to put others of this network in their place.
    fn weights_mut(&mut self) -> &mut WeightsOf<Self, Self::Precision>;
}
