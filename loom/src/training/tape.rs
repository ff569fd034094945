//! One training step in parts: forward, loss, backward, optimizer.

use crate::data::{Dataset, Target, TargetBatch};
use crate::dtype::F32;
use crate::error::{Error, require};
use crate::layers::operator::Mode;
use crate::numerics::environment::in_default_environment;
use crate::plan::assert_runs;
use crate::run::sample::{Sample, Scalar};
use crate::training::device::Device;
use crate::training::engine::{BackwardOptions, Engine, Part};
use crate::training::loss::{BatchScore, Loss, Term, check_batch};
use crate::training::optim::{Clip, Optimizer, check_rate};
use crate::weights::Weights;
use crate::weights::model::Model;

/// One training step in parts: forward with saved activations, loss and its gradient, backward, optimizer. For training steps of your own,
/// on a [`Cpu`](crate::Cpu) or a `Gpu`, with the same bits. A [`Trainer`](crate::Trainer) is a loop of such steps.
///
/// A tape has a network and, if it is to train it, an optimizer:
///
/// ```
/// use loom::prelude::*;
///
/// network! { struct Xor { Dense<2, 8> -> Tanh -> Dense<8, 1> } }
///
/// let inputs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let targets = [[0.0], [1.0], [1.0], [0.0]];
/// let mut tape = Tape::new(Xor::new(Seed(42)), &Cpu::new()).optimizer(Adam::new(0.05));
/// for step in 0..200 {
///     tape.forward(&inputs, Mode::Training { seed: Seed(0), step })?;
///     tape.loss(&Mse, &targets)?;
///     tape.backward()?;
///     tape.step()?;
/// }
/// assert!(tape.score()?.loss_sum < 0.01);
/// let net: Xor = tape.into_network()?;
/// assert!(net.forward(&[0.0, 1.0])[0] > 0.9);
/// # Ok::<(), loom::Error>(())
/// ```
///
/// # The order of the parts
///
/// [`forward`](Tape::forward) comes first; then [`loss`](Tape::loss), or a gradient of your own by [`set_d_outputs`](Tape::set_d_outputs);
/// then [`backward`](Tape::backward); then [`clip`](Tape::clip), if wanted; then [`step`](Tape::step). A part whose turn it is not is an
/// [`Error::Order`]. One may be called again where what it goes on from is still there:
///
/// - `backward` uses up the gradient of the outputs. Another `loss` of the same outputs gives another.
/// - `step` leaves the gradients as they are. Until the next `loss` or `forward`, it and `clip` may be called again, and go on from the
///   same ones.
/// - `forward` in [`Mode::Inference`] may be followed by the others. Gradients are then those of what inference computes, without dropout,
///   and with running means for the statistics of a batch, which a step then leaves where they are.
///
/// # What is computed where
///
/// All values stay on the device. On a GPU, `forward`, `loss`, `backward`, `clip` and `step` only hand work to it. The functions that return
/// values wait for it and copy them: [`outputs`](Tape::outputs), [`score`](Tape::score), [`losses`](Tape::losses),
/// [`gradients`](Tape::gradients), [`network`](Tape::network) and so on. Buffers are made at the first step of each batch size that is larger
/// than those before. On the CPU, every other step allocates nothing.
///
/// # Several networks
///
/// Each network has a tape. [`forward_from`](Tape::forward_from) takes the outputs of one for the inputs of another, and
/// [`set_d_outputs_from`](Tape::set_d_outputs_from) the gradient of the inputs back, without a copy to the host where both are on one device.
/// A step of a GAN:
///
/// ```
/// use loom::loss::BinaryCrossEntropy;
/// use loom::{BackwardOptions, prelude::*};
///
/// network! {
///     struct Generator { Dense<4, 16> -> Relu -> Dense<16, 2> }
///     struct Discriminator { Dense<2, 16> -> Relu -> Dense<16, 1> }
/// }
///
/// let cpu = Cpu::new();
/// let mut generator = Tape::new(Generator::new(Seed(1)), &cpu).optimizer(Adam::new(1e-3));
/// let mut discriminator = Tape::new(Discriminator::new(Seed(2)), &cpu).optimizer(Adam::new(1e-3));
/// let (noise, real) = ([[0.5, -1.0, 0.25, 1.5]; 8], [[1.0, 2.0]; 8]);
/// let mode = Mode::Training { seed: Seed(0), step: 0 };
///
/// // The discriminator learns from real samples, and from those of the generator.
/// discriminator.forward(&real, mode)?;
/// discriminator.loss(&BinaryCrossEntropy, &[[1.0]; 8])?;
/// discriminator.backward()?;
/// generator.forward(&noise, mode)?;
/// discriminator.forward_from(&generator, mode)?;
/// discriminator.loss(&BinaryCrossEntropy, &[[0.0]; 8])?;
/// discriminator.backward_with(BackwardOptions { accumulate: true, ..Default::default() })?;
/// discriminator.step()?;
///
/// // The generator learns what the discriminator takes for real.
/// discriminator.forward_from(&generator, mode)?;
/// discriminator.loss(&BinaryCrossEntropy, &[[1.0]; 8])?;
/// discriminator.backward_to_inputs()?;
/// generator.set_d_outputs_from(&discriminator)?;
/// generator.backward()?;
/// generator.step()?;
/// # Ok::<(), loom::Error>(())
/// ```
#[derive(Debug)]
pub struct Tape<N, O = ()> {
    net: N,
    optimizer: O,
    steps: Steps,
}

impl<N: Model<Precision = F32>> Tape<N> {
    /// A tape of a network, on a device. It can compute gradients; to move the weights it needs an [`optimizer`](Tape::optimizer).
    ///
    /// # Panics
    /// Where a plan that `network!` did not write cannot run: see [`PlanExt::check`](crate::plan::PlanExt::check).
    pub fn new(net: N, device: &impl Device) -> Self {
        assert_runs(N::PLAN);
        let engine = device.any_device().0.engine(N::PLAN);
        Tape { net, optimizer: (), steps: Steps::new(engine) }
    }

    /// The tape with an optimizer, for [`step`](Tape::step).
    #[must_use]
    pub fn optimizer<O: Optimizer>(self, optimizer: O) -> Tape<N, O> {
        Tape { net: self.net, optimizer, steps: self.steps }
    }
}

impl<N: Model<Precision = F32>, O> Tape<N, O> {
    /// The network.
    ///
    /// # Errors
    /// `Error::Gpu` where the weights cannot be brought back.
    pub fn network(&mut self) -> Result<&N, Error> {
        self.steps.fetch(self.net.weights_mut().inner_mut())?;
        Ok(&self.net)
    }

    /// The network, to change its weights. Gradients and the optimizer's state stay as they are.
    ///
    /// # Errors
    /// As [`network`](Tape::network).
    pub fn network_mut(&mut self) -> Result<&mut N, Error> {
        self.steps.fetch(self.net.weights_mut().inner_mut())?;
        self.steps.newer = Newer::Host;
        Ok(&mut self.net)
    }

    /// The network, without its tape.
    ///
    /// # Errors
    /// As [`network`](Tape::network).
    pub fn into_network(mut self) -> Result<N, Error> {
        self.network()?;
        Ok(self.net)
    }

    /// Makes the buffers for batches of up to so many samples, which a forward would make otherwise. It forgets the last forward.
    ///
    /// # Errors
    /// [`Error::Memory`]; `Error::Gpu` where a GPU has no memory for them, or does not compile the network's kernels.
    pub fn reserve(&mut self, batch: usize) -> Result<(), Error> {
        let weights = self.net.own_weights();
        self.steps.start(weights, batch, Mode::Inference)?;
        self.steps.start(weights, 0, Mode::Inference)
    }

    /// Computes the [`outputs`](Tape::outputs) for a batch of inputs. What backward needs of it is kept until the next forward.
    ///
    /// # Errors
    /// As [`reserve`](Tape::reserve).
    pub fn forward(&mut self, inputs: &[N::Input], mode: Mode) -> Result<(), Error> {
        let inputs: &[f32] = bytemuck::cast_slice(inputs);
        let mut load = |to: &mut [f32]| f32::load(inputs, 1.0, to);
        self.steps.forward(self.net.own_weights(), inputs.len() / N::Input::LEN, mode, &mut load)
    }

    /// As [`forward`](Tape::forward), for the samples of a data set at `indices`.
    ///
    /// # Errors
    /// As by that.
    ///
    /// # Panics
    /// Where an index is not a sample's.
    pub fn forward_samples<X, Y>(&mut self, data: &Dataset<X, Y>, indices: &[u32], mode: Mode) -> Result<(), Error>
    where
        X: Sample<AsF32 = N::Input>,
        Y: Target,
    {
        let mut gather = |to: &mut [f32]| data.gather_inputs(indices, to);
        self.steps.forward(self.net.own_weights(), indices.len(), mode, &mut gather)
    }

    /// As [`forward`](Tape::forward), with the outputs of another network for inputs.
    ///
    /// # Errors
    /// As by that, and [`Error::Order`] where the other tape had no `forward`.
    pub fn forward_from<M, P>(&mut self, other: &Tape<M, P>, mode: Mode) -> Result<(), Error>
    where
        M: Model<Output = N::Input>,
    {
        self.steps.forward_from(self.net.own_weights(), &other.steps, mode)
    }

    /// The outputs of the last forward. None before the first.
    ///
    /// # Errors
    /// `Error::Gpu` where they cannot be brought back.
    pub fn outputs(&mut self) -> Result<&[N::Output], Error> {
        self.steps.read(Part::Outputs).map(bytemuck::cast_slice)
    }

    /// Computes the loss of the last forward's outputs, and with it the gradient that [`backward`](Tape::backward) starts from: that of the
    /// mean over the batch. [`score`](Tape::score) gives the loss.
    ///
    /// # Errors
    /// [`Error::Order`] before the first `forward`, or where it had no samples; [`Error::Targets`], [`Error::Label`],
    /// [`Error::Target`], [`Error::Memory`] and `Error::Gpu`. Then there is no gradient to go on with.
    pub fn loss<L: Loss<N::Output, Y>, Y: Target>(&mut self, loss: &L, targets: &[Y]) -> Result<(), Error> {
        let append = |batch: &mut TargetBatch| Y::append(targets, batch);
        self.steps.loss(loss.terms().as_ref(), targets.len(), &append)
    }

    /// The score of the last [`loss`](Tape::loss).
    ///
    /// # Errors
    /// [`Error::Order`] where the last `forward` had no `loss` yet; `Error::Gpu` where it cannot be brought back.
    pub fn score(&mut self) -> Result<BatchScore, Error> {
        self.steps.require_loss("score")?;
        let scores = self.steps.engine.scores()?;
        Ok(BatchScore::of(scores, &self.steps.terms, self.steps.batch))
    }

    /// The scores of the last [`loss`](Tape::loss), one for each loss of a tuple, without their weights.
    ///
    /// # Errors
    /// As by [`score`](Tape::score).
    pub fn output_scores(&mut self) -> Result<&[BatchScore], Error> {
        self.steps.require_loss("output_scores")?;
        self.steps.engine.scores()
    }

    /// The loss of each row of the last [`loss`](Tape::loss), which [`score`](Tape::score) adds up: of each sample, or of each step for a
    /// sequence of classes. Of a tuple of losses, those of the last.
    ///
    /// # Errors
    /// As by [`score`](Tape::score).
    pub fn losses(&mut self) -> Result<&[f32], Error> {
        self.steps.require_loss("losses")?;
        self.steps.read(Part::Losses)
    }

    /// The gradient of the last forward's outputs. After a loss it is that of the mean loss over the batch; else it holds anything, also once
    /// a backward has used it up. Empty before the first `forward`.
    ///
    /// # Errors
    /// `Error::Gpu` where it cannot be brought back.
    pub fn d_outputs(&mut self) -> Result<&[N::Output], Error> {
        self.steps.read(Part::DOutputs).map(bytemuck::cast_slice)
    }

    /// Sets the gradient of the last forward's outputs, for a loss that is computed elsewhere. Values are flushed.
    ///
    /// # Errors
    /// [`Error::Order`] before the first `forward`, or where it had no samples; [`Error::Targets`] where there are not as many gradients as
    /// outputs.
    pub fn set_d_outputs(&mut self, d_outputs: &[N::Output]) -> Result<(), Error> {
        self.steps.set_d_outputs(bytemuck::cast_slice(d_outputs), d_outputs.len())
    }

    /// Sets the gradient of the last forward's outputs to that of another network's inputs, which [`forward_from`](Tape::forward_from) took
    /// from here.
    ///
    /// # Errors
    /// [`Error::Order`] before the first `forward`, or where the other tape had no `backward_to_inputs`; [`Error::Targets`] where the other's
    /// batch is not as large.
    pub fn set_d_outputs_from<M, P>(&mut self, other: &Tape<M, P>) -> Result<(), Error>
    where
        M: Model<Input = N::Output>,
    {
        self.steps.take_d_outputs("set_d_outputs_from", false, &other.steps)
    }

    /// As [`set_d_outputs_from`](Tape::set_d_outputs_from), added to the gradient that is there, of a loss or of another network that took
    /// the same outputs.
    ///
    /// # Errors
    /// As by that, and [`Error::Order`] where there is no gradient yet.
    pub fn add_d_outputs_from<M, P>(&mut self, other: &Tape<M, P>) -> Result<(), Error>
    where
        M: Model<Input = N::Output>,
    {
        self.steps.take_d_outputs("add_d_outputs_from", true, &other.steps)
    }

    /// Computes the gradients of the parameters from that of the outputs, which is used up.
    ///
    /// # Errors
    /// [`Error::Order`] where there is no gradient of the outputs: before a loss, or a second time after the same one. `Error::Gpu`.
    pub fn backward(&mut self) -> Result<(), Error> {
        self.steps.backward("backward", self.net.own_weights(), BackwardOptions::default())
    }

    /// As [`backward`](Tape::backward), and the gradients of the inputs too, which [`d_inputs`](Tape::d_inputs) then has.
    ///
    /// # Errors
    /// As by that.
    pub fn backward_to_inputs(&mut self) -> Result<(), Error> {
        let options = BackwardOptions { to_inputs: true, accumulate: false };
        self.steps.backward("backward_to_inputs", self.net.own_weights(), options)
    }

    /// As [`backward`](Tape::backward), with options. Gradients that add up over several batches are the sum of each batch's own, and each is
    /// that of a mean over its batch.
    ///
    /// ```
    /// use loom::{BackwardOptions, loss::Weighted, prelude::*};
    ///
    /// network! { struct Line { Dense<1, 1> } }
    ///
    /// let mut tape = Tape::new(Line::new(Seed(1)), &Cpu::new()).optimizer(Sgd::new(0.1));
    /// // One step for a batch of 8 samples, of which two are computed at a time.
    /// let (inputs, targets) = ([[1.0]; 8], [[2.0]; 8]);
    /// for part in 0..4 {
    ///     let samples = part * 2..part * 2 + 2;
    ///     tape.forward(&inputs[samples.clone()], Mode::Training { seed: Seed(0), step: 0 })?;
    ///     tape.loss(&Weighted::new(Mse, 0.25), &targets[samples])?;
    ///     tape.backward_with(BackwardOptions { accumulate: part > 0, ..Default::default() })?;
    /// }
    /// tape.step()?;
    /// # Ok::<(), loom::Error>(())
    /// ```
    ///
    /// # Errors
    /// As by that, and [`Error::Order`] where gradients are to be added and there are none yet.
    pub fn backward_with(&mut self, options: BackwardOptions) -> Result<(), Error> {
        self.steps.backward("backward_with", self.net.own_weights(), options)
    }

    /// The gradient of the last forward's inputs.
    ///
    /// # Errors
    /// [`Error::Order`] where the last `forward` had no backward to inputs; `Error::Gpu` where it cannot be brought back.
    pub fn d_inputs(&mut self) -> Result<&[N::Input], Error> {
        self.steps.require_d_inputs("d_inputs", "`backward_to_inputs`")?;
        self.steps.read(Part::DInputs).map(bytemuck::cast_slice)
    }

    /// The gradients of the parameters after a backward, laid out by [`Plan::params`](crate::plan::Plan::params). A running mean has no
    /// gradient: in its place is what the batch had, of the last of several layers that share it. Empty before the first `forward`.
    ///
    /// # Errors
    /// `Error::Gpu` where they cannot be brought back.
    pub fn gradients(&mut self) -> Result<&[f32], Error> {
        self.steps.read(Part::Gradients)
    }

    /// Sets the gradients of the parameters, laid out as [`gradients`](Tape::gradients) are. Values are flushed; padding must be 0.
    ///
    /// # Errors
    /// [`Error::Order`] where the last `forward` had no `backward` yet; [`Error::Setting`] where there are not as many.
    pub fn set_gradients(&mut self, gradients: &[f32]) -> Result<(), Error> {
        self.steps.require_gradients("set_gradients")?;
        let (found, wanted) = (gradients.len(), N::PLAN.weights_len);
        require(found == wanted, "number of gradients", found as f64, "as many as `gradients` has")?;
        in_default_environment(|| self.steps.engine.write(Part::Gradients, &mut |to| f32::load(gradients, 1.0, to)))
    }

    /// Bounds the gradients of the parameters.
    ///
    /// # Errors
    /// [`Error::Order`] where the last `forward` or `loss` had no `backward` yet; [`Error::Setting`] where the bound is not above 0
    /// and finite. Then the gradients stay as they are.
    pub fn clip(&mut self, bound: Clip) -> Result<(), Error> {
        self.steps.require_gradients("clip")?;
        in_default_environment(|| {
            bound.check()?;
            self.steps.engine.clip(bound)
        })
    }

    /// Gives the network the weights of another tape's.
    ///
    /// # Errors
    /// `Error::Gpu` where they cannot be brought from one to the other.
    pub fn copy_weights<P>(&mut self, other: &mut Tape<N, P>) -> Result<(), Error> {
        let from = other.network()?.own_weights().values();
        self.net.weights_mut().inner_mut().values_mut().copy_from_slice(from);
        self.steps.newer = Newer::Host;
        Ok(())
    }
}

impl<N: Model<Precision = F32>, O: Optimizer> Tape<N, O> {
    /// Moves the network's weights by one step of the optimizer, and running means by what the last batch had: those of a layer that is used
    /// several times by what each use had, in the order of forward.
    ///
    /// # Errors
    /// [`Error::Order`] where the last `forward` or `loss` had no `backward` yet; [`Error::Setting`] where the learning rate is
    /// below 0, not a number, or infinite in binary32; and what the optimizer's [`check`](Optimizer::check) finds. On a GPU also
    /// `GpuError::Optimizer` where the optimizer has no kernel. Then nothing moves.
    pub fn step(&mut self) -> Result<(), Error> {
        let learning_rate = self.optimizer.learning_rate();
        self.step_with(learning_rate)
    }

    /// As [`step`](Tape::step), with another learning rate than the optimizer's own, such as that of a schedule.
    ///
    /// # Errors
    /// As by that.
    pub fn step_with(&mut self, learning_rate: f64) -> Result<(), Error> {
        self.steps.require_gradients("step")?;
        in_default_environment(|| {
            check_rate("learning_rate", learning_rate).and_then(|()| self.optimizer.check())?;
            let weights = self.net.weights_mut().inner_mut();
            self.steps.upload(weights)?;
            self.steps.engine.step(weights, &mut self.optimizer, learning_rate)?;
            self.steps.newer = Newer::Device;
            Ok(())
        })
    }

    /// The network and its optimizer, with the state that it has come to.
    ///
    /// # Errors
    /// As [`network`](Tape::network).
    pub fn into_parts(mut self) -> Result<(N, O), Error> {
        self.network()?;
        self.steps.engine.fetch_state(&mut self.optimizer)?;
        Ok((self.net, self.optimizer))
    }
}

/// How far a training step has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// There was no forward yet.
    Start,
    /// There are outputs.
    Outputs,
    /// There is a gradient of the outputs.
    Loss,
    /// It is used up; there are the gradients of the parameters.
    Gradients,
}

/// Where the newest weights are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Newer {
    /// The network and the device have the same.
    Neither,
    /// The network's were changed.
    Host,
    /// Those of the device were moved by steps.
    Device,
}

/// The part of a tape that does not depend on the network's type, and so is compiled once, in this crate.
#[derive(Debug)]
struct Steps {
    engine: Box<dyn Engine>,
    stage: Stage,
    /// Whether there are gradients of the parameters, of this forward or of an earlier one.
    has_gradients: bool,
    /// Whether there are those of the inputs.
    has_d_inputs: bool,
    /// Whether the outputs have a score.
    has_score: bool,
    newer: Newer,
    /// Samples of the last forward.
    batch: usize,
    /// Those of the last loss.
    terms: Vec<Term>,
    targets: TargetBatch,
    /// What was copied from a device.
    host: Vec<f32>,
}

impl Steps {
    fn new(engine: Box<dyn Engine>) -> Self {
        Steps {
            engine,
            stage: Stage::Start,
            has_gradients: false,
            has_d_inputs: false,
            has_score: false,
            newer: Newer::Host,
            batch: 0,
            terms: Vec::new(),
            targets: TargetBatch::default(),
            host: Vec::new(),
        }
    }

    /// Gives the device the newest weights.
    fn upload(&mut self, weights: &Weights) -> Result<(), Error> {
        if self.newer == Newer::Host {
            self.engine.upload(weights)?;
            self.newer = Newer::Neither;
        }
        Ok(())
    }

    /// Gives the network the newest weights.
    fn fetch(&mut self, weights: &mut Weights) -> Result<(), Error> {
        if self.newer == Newer::Device {
            in_default_environment(|| self.engine.fetch(weights))?;
            self.newer = Newer::Neither;
        }
        Ok(())
    }

    fn start(&mut self, weights: &Weights, batch: usize, mode: Mode) -> Result<(), Error> {
        (self.stage, self.batch) = (Stage::Start, 0);
        (self.has_d_inputs, self.has_score) = (false, false);
        in_default_environment(|| self.engine.start(weights, batch, mode))?;
        self.batch = batch;
        Ok(())
    }

    fn forward(
        &mut self,
        weights: &Weights,
        batch: usize,
        mode: Mode,
        load: &mut dyn FnMut(&mut [f32]),
    ) -> Result<(), Error> {
        self.start(weights, batch, mode)?;
        in_default_environment(|| {
            self.engine.write(Part::Inputs, load)?;
            self.run(weights)
        })
    }

    fn forward_from(&mut self, weights: &Weights, other: &Steps, mode: Mode) -> Result<(), Error> {
        if other.stage == Stage::Start {
            return Err(Error::Order { call: "forward_from", first: "`forward` of the other tape" });
        }
        self.start(weights, other.batch, mode)?;
        in_default_environment(|| {
            self.engine.receive(Part::Inputs, false, (&*other.engine, Part::Outputs))?;
            self.run(weights)
        })
    }

    /// Computes the outputs, from inputs that are there.
    fn run(&mut self, weights: &Weights) -> Result<(), Error> {
        self.upload(weights)?;
        self.engine.forward(weights)?;
        self.stage = Stage::Outputs;
        Ok(())
    }

    fn read(&mut self, part: Part) -> Result<&[f32], Error> {
        in_default_environment(|| self.engine.read(part, &mut self.host))
    }

    /// Checks that there are outputs of samples, and takes the gradient of them, if there was one, for gone.
    fn require_outputs(&mut self, call: &'static str) -> Result<(), Error> {
        if self.stage == Stage::Start {
            return Err(Error::Order { call, first: "`forward`" });
        }
        self.stage = Stage::Outputs;
        Ok(())
    }

    /// Checks that there are as many of something as there are outputs, and any.
    fn require_count(&self, call: &'static str, count: usize) -> Result<(), Error> {
        if count != self.batch {
            return Err(Error::Targets { outputs: self.batch, targets: count });
        }
        if count == 0 {
            return Err(Error::Order { call, first: "`forward` with samples" });
        }
        Ok(())
    }

    fn loss(&mut self, terms: &[Term], count: usize, append: &dyn Fn(&mut TargetBatch)) -> Result<(), Error> {
        self.require_outputs("loss")?;
        self.has_score = false;
        self.require_count("loss", count)?;
        self.targets.clear();
        append(&mut self.targets);
        in_default_environment(|| {
            check_batch(terms, 0, count, &self.targets)?;
            self.engine.loss(terms, &self.targets)
        })?;
        self.terms.clear();
        self.terms.extend_from_slice(terms);
        (self.stage, self.has_score) = (Stage::Loss, true);
        Ok(())
    }

    fn set_d_outputs(&mut self, d_outputs: &[f32], count: usize) -> Result<(), Error> {
        self.require_outputs("set_d_outputs")?;
        self.require_count("set_d_outputs", count)?;
        in_default_environment(|| self.engine.write(Part::DOutputs, &mut |to| f32::load(d_outputs, 1.0, to)))?;
        self.stage = Stage::Loss;
        Ok(())
    }

    fn take_d_outputs(&mut self, call: &'static str, adds: bool, other: &Steps) -> Result<(), Error> {
        other.require_d_inputs(call, "`backward_to_inputs` of the other tape")?;
        if adds && self.stage != Stage::Loss {
            return Err(Error::Order { call, first: "`loss`, `set_d_outputs` or `set_d_outputs_from`" });
        }
        self.require_outputs(call)?;
        self.require_count(call, other.batch)?;
        in_default_environment(|| self.engine.receive(Part::DOutputs, adds, (&*other.engine, Part::DInputs)))?;
        self.stage = Stage::Loss;
        Ok(())
    }

    fn backward(&mut self, call: &'static str, weights: &Weights, options: BackwardOptions) -> Result<(), Error> {
        if self.stage != Stage::Loss {
            return Err(Error::Order { call, first: "`loss` or `set_d_outputs`" });
        }
        if options.accumulate && !self.has_gradients {
            return Err(Error::Order { call, first: "`backward`" });
        }
        in_default_environment(|| {
            self.upload(weights)?;
            self.engine.backward(weights, options)
        })?;
        self.stage = Stage::Gradients;
        (self.has_gradients, self.has_d_inputs) = (true, options.to_inputs);
        Ok(())
    }

    /// Checks that the last forward had its loss.
    fn require_loss(&self, call: &'static str) -> Result<(), Error> {
        match self.has_score {
            true => Ok(()),
            false => Err(Error::Order { call, first: "`loss`" }),
        }
    }

    /// Checks that the last forward had its backward.
    fn require_gradients(&self, call: &'static str) -> Result<(), Error> {
        match self.stage {
            Stage::Gradients => Ok(()),
            Stage::Start | Stage::Outputs | Stage::Loss => Err(Error::Order { call, first: "`backward`" }),
        }
    }

    /// Checks that the last forward had a backward to inputs.
    fn require_d_inputs(&self, call: &'static str, first: &'static str) -> Result<(), Error> {
        match self.has_d_inputs {
            true => Ok(()),
            false => Err(Error::Order { call, first }),
        }
    }
}
