//! One training step in parts: forward, loss, backward, optimizer.

use crate::data::{Dataset, Source, Target, TargetBatch};
use crate::dtype::F32;
use crate::error::{Error, no_memory};
use crate::kernels::Buffer;
use crate::kernels::parameters::Parameters;
use crate::layers::operator::Mode;
use crate::numerics::environment::in_default_environment;
use crate::plan::{Plan, assert_runs};
use crate::run::cpu::{Cpu, with_fma_mode};
use crate::run::exec::{Gradients, Keep, Pass, backward, forward};
use crate::run::sample::{Sample, Scalar};
use crate::training::custom::{CustomBuffers, evaluate_custom};
use crate::training::loss::{BatchScore, Evaluate, Loss, Objective, Term, check_batch, evaluate};
use crate::training::optim::{AnyOptimizer, Average, Clip, Optimizer, check_rate, clip};
use crate::weights::Weights;
use crate::weights::model::Model;
use core::marker::PhantomData;

/// One training step in parts: forward with saved activations, loss and its gradient, backward, optimizer.
///
/// A [`Trainer`](crate::Trainer) is a loop around a tape. Buffers are made at the first step of each batch size that is
/// larger than those before; every other step allocates nothing.
///
/// The parts have an order: [`forward`](Tape::forward); [`loss`](Tape::loss), or a gradient of your own in
/// [`d_outputs_mut`](Tape::d_outputs_mut); [`backward`](Tape::backward); [`clip`](Tape::clip), if wanted; [`step`](Tape::step). A part whose turn it is not is an
/// [`Error::Order`]. One may be called again where what it goes on from is still there:
///
/// - `backward` uses up the gradient of the outputs. Another `loss` of the same outputs gives another.
/// - `step` leaves the gradients as they are: until the next `loss` or `forward`, it and `clip` may be called again, and go on
///   from the same ones.
/// - `forward` in [`Mode::Inference`] may be followed by the others: gradients are those of what inference computes, without
///   dropout, and with running means for the statistics of a batch, which a step then leaves where they are.
///
/// ```
/// use loom::prelude::*;
///
/// network! { struct Xor { Dense<2, 8> -> Tanh -> Dense<8, 1> } }
///
/// let inputs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let targets = [[0.0], [1.0], [1.0], [0.0]];
/// let mut net = Xor::new(Seed(42));
/// let mut adam = Adam::new(0.05);
/// let mut tape = Tape::new(&Cpu::new());
/// for step in 0..200 {
///     tape.forward(&net, &inputs, Mode::Training { seed: Seed(0), step });
///     let score = tape.loss(&Mse, &targets)?;
///     tape.backward(&net)?;
///     tape.step(&mut net, &mut adam, 0.05)?;
/// }
/// assert!(net.forward(&[0.0, 1.0])[0] > 0.9);
/// # Ok::<(), loom::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Tape<N> {
    engine: Engine,
    network: PhantomData<fn() -> N>,
}

impl<N: Model<Precision = F32>> Tape<N> {
    /// An empty tape that computes on a device.
    ///
    /// # Panics
    /// Where a plan that `network!` did not write cannot run: see [`PlanExt::check`](crate::plan::PlanExt::check).
    pub fn new(cpu: &Cpu) -> Self {
        Tape { engine: Engine::new(N::PLAN, cpu), network: PhantomData }
    }

    /// Makes the buffers for batches of up to so many samples, which a forward would make otherwise. It forgets the last forward.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn reserve(&mut self, batch: usize) -> Result<(), Error> {
        self.engine.reserve(batch)
    }

    /// The outputs for a batch of inputs. What backward needs of it is kept until the next forward.
    ///
    /// # Panics
    /// Where there is no memory for a batch of that size, which [`reserve`](Tape::reserve) tells as an error.
    pub fn forward(&mut self, net: &N, inputs: &[N::Input], mode: Mode) -> &[N::Output] {
        let inputs: &[f32] = bytemuck::cast_slice(inputs);
        let to = self.engine.prepare(inputs.len() / N::Input::LEN, mode);
        in_default_environment(|| f32::load(inputs, 1.0, to));
        self.engine.forward(net.own_weights());
        self.outputs()
    }

    /// As [`forward`](Tape::forward), for the samples of a data set at `indices`.
    ///
    /// # Panics
    /// As `forward`, and where an index is not a sample's.
    pub fn forward_samples<X, Y>(&mut self, net: &N, data: &Dataset<X, Y>, indices: &[u32], mode: Mode) -> &[N::Output]
    where
        X: Sample<AsF32 = N::Input>,
        Y: Target,
    {
        self.engine.forward_samples(net.own_weights(), data, indices, mode);
        self.outputs()
    }

    /// The outputs of the last forward.
    pub fn outputs(&self) -> &[N::Output] {
        bytemuck::cast_slice(self.engine.outputs())
    }

    /// The loss of the last forward's outputs, and with it the gradient that [`backward`](Tape::backward) starts from.
    ///
    /// # Errors
    /// [`Error::Order`] before the first `forward`, or where it had no samples; [`Error::Targets`], [`Error::Label`],
    /// [`Error::Target`] and [`Error::Memory`]. Then there is no gradient to go on with.
    pub fn loss<L: Loss<N::Output, Y>, Y: Target>(&mut self, loss: &L, targets: &[Y]) -> Result<BatchScore, Error> {
        let (terms, engine) = (loss.terms(), &mut self.engine);
        let terms = terms.as_ref();
        if engine.stage == Stage::Start {
            return Err(Error::Order { call: "loss", first: "`forward`" });
        }
        engine.stage = Stage::Outputs;
        if targets.len() != engine.batch {
            return Err(Error::Targets { outputs: engine.batch, targets: targets.len() });
        }
        if targets.is_empty() {
            return Err(Error::Order { call: "loss", first: "`forward` with samples" });
        }
        engine.targets.clear();
        Y::append(targets, &mut engine.targets);
        check_batch(terms, 0, targets.len(), &engine.targets)?;
        Ok(BatchScore::of(engine.loss(terms)?, terms, targets.len()))
    }

    /// The scores of the last [`loss`](Tape::loss), one for each loss of a tuple, without their weights.
    pub fn output_scores(&self) -> &[BatchScore] {
        &self.engine.scores
    }

    /// The loss of each row of the last [`loss`](Tape::loss), which adds them up: of each sample, or of each step for a sequence of classes.
    /// Of a tuple of losses, those of the last.
    pub fn losses(&self) -> &[f32] {
        let rows = self.engine.scores.last().map_or(0, |score| score.rows);
        &self.engine.losses[..rows]
    }

    /// The gradient of the last forward's outputs. After a loss it is that of the loss; else it holds anything, also once a backward
    /// has used it up. Empty before the first `forward`.
    pub fn d_outputs(&self) -> &[N::Output] {
        bytemuck::cast_slice(&self.engine.gradients.slots[Gradients::<f32>::output(N::PLAN, self.engine.batch)])
    }

    /// As [`d_outputs`](Tape::d_outputs), to set it for a loss of your own. What is written must be flushed, by
    /// [`Arith::flush`](crate::numerics::arith::Arith::flush), for one answer on every device. It counts as set by the call, also where nothing
    /// is written.
    pub fn d_outputs_mut(&mut self) -> &mut [N::Output] {
        if self.engine.stage != Stage::Start {
            self.engine.stage = Stage::Loss;
        }
        let range = Gradients::<f32>::output(N::PLAN, self.engine.batch);
        bytemuck::cast_slice_mut(&mut self.engine.gradients.slots[range])
    }

    /// The gradients of the parameters, from that of the outputs, which is used up.
    ///
    /// # Errors
    /// [`Error::Order`] where there is no gradient of the outputs: before a loss, or a second time after the same one.
    pub fn backward(&mut self, net: &N) -> Result<(), Error> {
        self.engine.backward("backward", net.own_weights(), false)
    }

    /// As [`backward`](Tape::backward), and the gradients of the inputs too.
    ///
    /// # Errors
    /// As by that.
    pub fn backward_to_inputs(&mut self, net: &N) -> Result<&[N::Input], Error> {
        self.engine.backward("backward_to_inputs", net.own_weights(), true)?;
        let range = Gradients::<f32>::input(N::PLAN, self.engine.batch);
        Ok(bytemuck::cast_slice(&self.engine.gradients.slots[range]))
    }

    /// The gradients of the parameters after a backward, laid out by [`Plan::params`]. A running mean has no gradient: in its place is what
    /// the batch had, of the last of several layers that share it.
    pub fn gradients(&self) -> &[f32] {
        let gradients = &self.engine.gradients.weights;
        &gradients[..N::PLAN.weights_len.min(gradients.len())]
    }

    /// As [`gradients`](Tape::gradients), to change them. What is written must be flushed; padding must stay 0.
    pub fn gradients_mut(&mut self) -> &mut [f32] {
        self.engine.gradients.params(N::PLAN)
    }

    /// Bounds the gradients of the parameters.
    ///
    /// # Errors
    /// [`Error::Order`] where the last `forward` or `loss` had no `backward` yet; [`Error::Setting`] where the bound is not above 0
    /// and finite. Then the gradients stay as they are.
    pub fn clip(&mut self, bound: Clip) -> Result<(), Error> {
        self.engine.require_gradients("clip")?;
        in_default_environment(|| bound.check())?;
        self.engine.clip(bound);
        Ok(())
    }

    /// Moves the network's weights by one step of an optimizer, and running means by what the last batch had: those of a layer that is used
    /// several times by what each use had, in the order of forward.
    ///
    /// # Errors
    /// [`Error::Order`] where the last `forward` or `loss` had no `backward` yet; [`Error::Setting`] where the learning rate is
    /// below 0, not a number, or infinite in binary32; and what the optimizer's [`check`](Optimizer::check) finds. Then nothing moves.
    pub fn step(&mut self, net: &mut N, optimizer: &mut impl Optimizer, learning_rate: f64) -> Result<(), Error> {
        self.engine.require_gradients("step")?;
        in_default_environment(|| check_rate("learning_rate", learning_rate).and_then(|()| optimizer.check()))?;
        self.engine.advance(net.weights_mut().inner_mut(), optimizer, learning_rate);
        Ok(())
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

/// The part of a tape that does not depend on the network's type, and so is compiled once, in this crate.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    plan: &'static Plan,
    cpu: Cpu,
    stage: Stage,
    /// The largest batch that there is room for.
    room: Option<usize>,
    /// Samples of the last forward.
    batch: usize,
    mode: Mode,
    activations: Buffer<f32>,
    gradients: Gradients<f32>,
    targets: TargetBatch,
    losses: Buffer<f32>,
    custom: CustomBuffers,
    /// Of each term of the last loss.
    scores: Vec<BatchScore>,
    clip_sums: Buffer<f32>,
    averages: Vec<Average>,
}

impl Engine {
    pub(crate) fn new(plan: &'static Plan, cpu: &Cpu) -> Self {
        assert_runs(plan);
        let mut engine = Engine {
            plan,
            cpu: cpu.clone(),
            stage: Stage::Start,
            room: None,
            batch: 0,
            mode: Mode::Inference,
            activations: Buffer::default(),
            gradients: Gradients::default(),
            targets: TargetBatch::default(),
            losses: Buffer::default(),
            custom: CustomBuffers::default(),
            scores: Vec::new(),
            clip_sums: Buffer::default(),
            averages: Average::all(plan),
        };
        engine.make_room(0);
        engine
    }

    fn pass(&self) -> Pass<'_> {
        Pass { plan: self.plan, batch: self.batch, mode: self.mode, threads: &self.cpu.threads }
    }

    /// Makes room for a batch. What the last forward left is gone.
    pub(crate) fn reserve(&mut self, batch: usize) -> Result<(), Error> {
        (self.stage, self.batch) = (Stage::Start, 0);
        if self.room.is_some_and(|room| batch <= room) {
            return Ok(());
        }
        let len = Keep::All.len(self.plan, batch);
        self.activations.try_grow(len).ok_or_else(|| no_memory::<f32>(len, "activations"))?;
        self.gradients.grow(self.plan, batch).map_err(|len| no_memory::<f32>(len, "gradients"))?;
        self.room = Some(batch);
        Ok(())
    }

    fn make_room(&mut self, batch: usize) {
        self.reserve(batch).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Makes room for a batch; gives the place of its inputs.
    fn prepare(&mut self, batch: usize, mode: Mode) -> &mut [f32] {
        self.make_room(batch);
        (self.batch, self.mode) = (batch, mode);
        &mut self.activations[Keep::All.input(self.plan, batch)]
    }

    fn forward(&mut self, weights: &Weights) {
        // A panic leaves no room.
        let room = self.room.take();
        let mut activations = core::mem::take(&mut self.activations);
        let parameters = Parameters::flat(weights.values());
        in_default_environment(|| {
            with_fma_mode!(self.cpu.fma_mode, forward(self.pass(), Keep::All, parameters, &mut activations));
        });
        (self.activations, self.room) = (activations, room);
        self.stage = Stage::Outputs;
    }

    /// [`forward`](Self::forward) for the samples of a data set at `indices`.
    pub(crate) fn forward_samples(&mut self, weights: &Weights, source: &dyn Source, indices: &[u32], mode: Mode) {
        source.gather_inputs(indices, self.prepare(indices.len(), mode));
        self.forward(weights);
    }

    fn outputs(&self) -> &[f32] {
        &self.activations[Keep::All.output(self.plan, self.batch)]
    }

    fn loss(&mut self, terms: &[Term]) -> Result<&[BatchScore], Error> {
        self.scores.clear();
        for (output, term) in terms.iter().enumerate() {
            let rows = term.rows() * self.batch;
            self.losses.try_grow(rows).ok_or_else(|| no_memory::<f32>(rows, "losses"))?;
            let call = Evaluate {
                term,
                batch: self.batch,
                output_len: self.plan.output_slot().len,
                outputs: &self.activations[Keep::All.output(self.plan, self.batch)],
                targets: self.targets.part(output, terms.len()),
                d_outputs: &mut self.gradients.slots[Gradients::<f32>::output(self.plan, self.batch)],
                losses: &mut self.losses,
            };
            let score = match term.objective {
                Objective::Custom(custom) => {
                    self.custom.reserve(custom, self.batch)?;
                    let (buffers, threads) = (&mut self.custom, &self.cpu.threads);
                    in_default_environment(|| {
                        with_fma_mode!(self.cpu.fma_mode, evaluate_custom(buffers, custom, threads, call))
                    })
                }
                _ => in_default_environment(|| with_fma_mode!(self.cpu.fma_mode, evaluate(call))),
            };
            self.scores.push(score);
        }
        self.stage = Stage::Loss;
        Ok(&self.scores)
    }

    /// [`loss`](Self::loss) for a data set that was checked when training began.
    pub(crate) fn loss_samples(
        &mut self,
        terms: &[Term],
        source: &dyn Source,
        indices: &[u32],
    ) -> Result<&[BatchScore], Error> {
        source.gather_targets(indices, &mut self.targets);
        self.loss(terms)
    }

    pub(crate) fn backward(&mut self, call: &'static str, weights: &Weights, wants_input: bool) -> Result<(), Error> {
        if self.stage != Stage::Loss {
            return Err(Error::Order { call, first: "`loss` or `d_outputs_mut`" });
        }
        let room = self.room.take();
        let mut gradients = core::mem::take(&mut self.gradients);
        let (pass, activations) = (self.pass(), &self.activations);
        in_default_environment(|| {
            with_fma_mode!(
                self.cpu.fma_mode,
                backward(pass, weights.values(), activations, &mut gradients, wants_input)
            );
        });
        (self.gradients, self.room) = (gradients, room);
        self.stage = Stage::Gradients;
        Ok(())
    }

    /// Checks that the last forward had its backward.
    fn require_gradients(&self, call: &'static str) -> Result<(), Error> {
        match self.stage {
            Stage::Gradients => Ok(()),
            Stage::Start | Stage::Outputs | Stage::Loss => Err(Error::Order { call, first: "`backward`" }),
        }
    }

    /// Bounds the gradients of the parameters. The bound is not checked.
    pub(crate) fn clip(&mut self, bound: Clip) {
        let Engine { plan, cpu, gradients, clip_sums, .. } = self;
        in_default_environment(|| clip(cpu, bound, &mut gradients.weights[..plan.trained_len], clip_sums));
    }

    /// Moves the weights by one step, and running means by what the last batch had. The learning rate is not checked: a schedule may
    /// take it beyond all bounds, which is told as divergence.
    pub(crate) fn advance(&mut self, weights: &mut Weights, optimizer: &mut dyn AnyOptimizer, learning_rate: f64) {
        let (len, weights, gradients) = (self.plan.trained_len, weights.values_mut(), &self.gradients.weights);
        in_default_environment(|| {
            optimizer.step(&self.cpu, learning_rate, &mut weights[..len], &gradients[..len]);
            for average in self.averages.iter().filter(|average| self.batch > 1 || !average.skips_one) {
                average.apply(&self.cpu, weights, gradients);
            }
        });
    }
}
