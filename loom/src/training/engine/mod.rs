//! A network on a device, whose training steps are taken in parts.

mod cpu;

pub(crate) use cpu::CpuEngine;

use crate::data::TargetBatch;
use crate::error::Error;
use crate::layers::operator::Mode;
use crate::training::loss::{BatchScore, Term};
use crate::training::optim::{AnyOptimizer, Clip};
use crate::weights::Weights;
use core::any::Any;
use core::fmt::Debug;

/// What a device does for a [`Tape`](crate::Tape), which keeps the order of the calls and checks what it is given.
///
/// The CPU computes with the weights that it is given. A GPU has a copy of its own: [`upload`](Engine::upload) brings the weights there,
/// and [`fetch`](Engine::fetch) back.
pub(crate) trait Engine: Any + Debug + Send {
    /// Begins a batch, and makes room for it. Its inputs are then written or received.
    fn start(&mut self, weights: &Weights, batch: usize, mode: Mode) -> Result<(), Error>;

    /// Computes the outputs.
    fn forward(&mut self, weights: &Weights) -> Result<(), Error>;

    /// Computes the losses and the gradient of the outputs, for targets that were checked.
    fn loss(&mut self, terms: &[Term], targets: &TargetBatch) -> Result<(), Error>;

    /// The score of each term of the last loss.
    fn scores(&mut self) -> Result<&[BatchScore], Error>;

    /// Computes the gradients of the parameters.
    fn backward(&mut self, weights: &Weights, options: BackwardOptions) -> Result<(), Error>;

    /// Bounds the gradients of the parameters. The bound is not checked.
    fn clip(&mut self, bound: Clip) -> Result<(), Error>;

    /// Moves the weights by one step, and running means by what the last batch had. The learning rate is not checked.
    fn step(
        &mut self,
        weights: &mut Weights,
        optimizer: &mut dyn AnyOptimizer,
        learning_rate: f64,
    ) -> Result<(), Error>;

    /// The values of a part. Those of a device with memory of its own are copied to `host`.
    fn read<'a>(&'a self, part: Part, host: &'a mut Vec<f32>) -> Result<&'a [f32], Error>;

    /// Lets `fill` write the values of a part, all of them and flushed. It finds anything there.
    fn write(&mut self, part: Part, fill: &mut dyn FnMut(&mut [f32])) -> Result<(), Error>;

    /// Takes the values of a part from those of another network's part, which has as many, or adds them where `adds` says so.
    fn receive(&mut self, part: Part, adds: bool, from: (&dyn Engine, Part)) -> Result<(), Error>;

    /// Takes the weights, where the device has a copy.
    fn upload(&mut self, weights: &Weights) -> Result<(), Error>;

    /// Gives the weights back, where the device has a copy.
    fn fetch(&mut self, weights: &mut Weights) -> Result<(), Error>;

    /// Gives the optimizer's state back, where the device has a copy.
    fn fetch_state(&mut self, optimizer: &mut dyn AnyOptimizer) -> Result<(), Error>;
}

/// Values of a batch that a device holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// [batch, input]
    Inputs,
    /// [batch, output]
    Outputs,
    /// [batch, output]: the gradient of the outputs.
    DOutputs,
    /// [batch, input]: the gradient of the inputs.
    DInputs,
    /// [rows]: the losses of the last term.
    Losses,
    /// The gradients of the parameters, laid out as they are.
    Gradients,
}

/// What [`Tape::backward_with`](crate::Tape::backward_with) computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BackwardOptions {
    /// The gradients of the inputs too.
    pub to_inputs: bool,
    /// Adds the gradients of the parameters to those of the last backward, instead of replacing them.
    pub accumulate: bool,
}
