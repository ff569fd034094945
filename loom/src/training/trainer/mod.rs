//! The trainer: epochs of shuffled batches, with validation, early stopping and checkpoints.

pub(crate) mod backend;
mod checks;
mod cpu;
mod fine_tune;
mod history;
pub(crate) mod run;

pub use history::{EarlyStopping, Epoch, History, Score};

use crate::data::{Dataset, Target};
use crate::dtype::F32;
use crate::error::{Error, require};
use crate::numerics::clock::Instant;
use crate::numerics::environment::in_default_environment;
use crate::numerics::random::{Purpose, Seed, Stream};
use crate::plan::{Plan, PlanExt};
use crate::run::cpu::Cpu;
use crate::run::sample::Sample;
use crate::training::checkpoint::{self, Settings};
use crate::training::device::Device;
use crate::training::loss::{self, Accuracy, Loss, Term};
use crate::training::optim::{Clip, Optimizer, Schedule};
use crate::training::progress::{Progress, Reporter};
use crate::weights::fake_quant::FakeQuant;
use crate::weights::model::Model;
use crate::weights::{Weights, WeightsOf};
use backend::{AnyDevice, Learner, Stepper, Steps, Timing};
use checks::{check_tokens, check_variances};
use run::Run;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Trains a network: epochs of shuffled batches, each a step of the optimizer.
///
/// ```
/// use loom::prelude::*;
///
/// network! { struct Xor { Dense<2, 8> -> Tanh -> Dense<8, 1> } }
///
/// let inputs = vec![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let data = Dataset::new(inputs, vec![[0.0], [1.0], [1.0], [0.0]])?;
/// let mut net = Xor::new(Seed(42));
/// let trainer = Trainer::new(Adam::new(0.05), Mse).batch(4).epochs(200);
/// let history = trainer.fit(&mut net, &data)?;
/// assert!(history.last().training.loss < 0.01);
/// # Ok::<(), loom::Error>(())
/// ```
///
/// The same network, seed and data give the same weights, to the bit, on any number of threads.
///
/// # Several outputs
///
/// A network with several outputs, eight at most, has a tuple of losses, one for each output in order, and targets that are tuples too; or one
/// [`loss` of your own](crate::network#losses-of-your-own), which compares all of them. What is made
/// small is the sum of the losses, each times its weight, which is 1 without [`Weighted`](crate::loss::Weighted):
///
/// ```
/// use loom::loss::Weighted;
/// use loom::prelude::*;
///
/// network! {
///     struct Detector(image: [1, 4, 4], age: [1]) -> (class, place) {
///         let seen = image -> Flatten -> Dense<16, 8> -> Relu;
///         let all = Concat { seen | age };
///         let class = all -> Dense<9, 3>;
///         let place = all -> Dense<9, 2>;
///     }
/// }
///
/// let inputs: Vec<_> = (0..6).map(|i| DetectorInput { image: [[[i as f32; 4]; 4]; 1], age: [0.5] }).collect();
/// let targets: Vec<(u8, [f32; 2])> = (0..6).map(|i| (i % 3, [f32::from(i), 1.0])).collect();
/// let data = Dataset::new(inputs, targets)?;
/// let mut net = Detector::new(Seed(42));
/// let trainer = Trainer::new(Adam::new(0.01), (CrossEntropy, Weighted::new(Mse, 0.5))).epochs(20);
/// let score = trainer.fit(&mut net, &data)?.last().training.clone();
/// assert_eq!(score.outputs.len(), 2);
/// assert!(score.outputs[0].accuracy.is_some() && score.outputs[1].accuracy.is_none());
/// let DetectorOutput { class, place } = net.forward(&data.inputs()[0]);
/// # let _: ([f32; 3], [f32; 2]) = (class, place);
/// # Ok::<(), loom::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Trainer<O, L> {
    optimizer: O,
    loss: L,
    batch: usize,
    epochs: usize,
    seed: Seed,
    shuffle: bool,
    schedule: Schedule,
    clip: Option<Clip>,
    accuracy: Option<Accuracy>,
    early_stopping: Option<EarlyStopping>,
    progress: Progress,
    checkpoint: Option<(PathBuf, u64)>,
    resume: Option<PathBuf>,
    device: AnyDevice,
}

impl<O: Optimizer, L> Trainer<O, L> {
    /// Batches of 32, one epoch, shuffled by seed 0, a constant learning rate, the default [`Cpu`], no output.
    pub fn new(optimizer: O, loss: L) -> Self {
        Trainer {
            optimizer,
            loss,
            batch: 32,
            epochs: 1,
            seed: Seed(0),
            shuffle: true,
            schedule: Schedule::Constant,
            clip: None,
            accuracy: None,
            early_stopping: None,
            progress: Progress::Silent,
            checkpoint: None,
            resume: None,
            device: AnyDevice(Arc::new(Cpu::new())),
        }
    }

    /// Samples in a batch; the last of an epoch may have fewer.
    #[must_use]
    pub fn batch(self, batch: usize) -> Self {
        Trainer { batch, ..self }
    }

    /// Times through the data.
    #[must_use]
    pub fn epochs(self, epochs: usize) -> Self {
        Trainer { epochs, ..self }
    }

    /// The seed of the order of samples, of `Dropout`'s masks and of noise.
    #[must_use]
    pub fn seed(self, seed: Seed) -> Self {
        Trainer { seed, ..self }
    }

    /// Whether each epoch has an order of its own; in the data's order otherwise.
    #[must_use]
    pub fn shuffle(self, shuffle: bool) -> Self {
        Trainer { shuffle, ..self }
    }

    /// What the optimizer's learning rate is multiplied by, step by step.
    #[must_use]
    pub fn schedule(self, schedule: Schedule) -> Self {
        Trainer { schedule, ..self }
    }

    /// A bound on the gradients.
    #[must_use]
    pub fn clip(self, clip: Clip) -> Self {
        Trainer { clip: Some(clip), ..self }
    }

    /// How outputs are counted as correct, where the loss's own way will not do.
    #[must_use]
    pub fn accuracy(self, accuracy: Accuracy) -> Self {
        Trainer { accuracy: Some(accuracy), ..self }
    }

    /// Stops when the validation loss no longer falls; needs [`fit_validated`](Trainer::fit_validated).
    #[must_use]
    pub fn early_stopping(self, early_stopping: EarlyStopping) -> Self {
        Trainer { early_stopping: Some(early_stopping), ..self }
    }

    /// Shows progress on the standard error: a bar where that is a terminal, a few lines where it is
    /// not.
    #[must_use]
    pub fn progress(self) -> Self {
        Trainer { progress: Progress::Shown, ..self }
    }

    /// Writes a checkpoint to a file every so many steps, and when training ends. Each replaces the one before once it is
    /// complete; [`Network::load`](crate::Network::load) opens one too, and takes its weights, which are the last, also where early stopping gives
    /// the network the best.
    #[must_use]
    pub fn checkpoint(self, path: impl AsRef<Path>, every_steps: u64) -> Self {
        Trainer { checkpoint: Some((path.as_ref().to_owned(), every_steps)), ..self }
    }

    /// Goes on from a checkpoint: with its weights, its optimizer's state and its place in the data. The run ends with the
    /// same bits as one that never stopped; settings and data must be those of that run, but for the epochs.
    ///
    /// ```
    /// use loom::prelude::*;
    ///
    /// network! { struct Line { Dense<1, 1> } }
    ///
    /// let data = Dataset::new(vec![[0.0], [1.0], [2.0]], vec![[1.0], [3.0], [5.0]])?;
    /// let trainer = Trainer::new(Adam::new(0.1), Mse).batch(1);
    /// let file = std::env::temp_dir().join(format!("loom-doc-{}.safetensors", std::process::id()));
    ///
    /// let mut whole = Line::new(Seed(1));
    /// trainer.clone().epochs(4).fit(&mut whole, &data)?;
    ///
    /// let mut part = Line::new(Seed(1));
    /// trainer.clone().epochs(2).checkpoint(&file, 100).fit(&mut part, &data)?;
    /// let mut resumed = Line::new(Seed(2));
    /// trainer.clone().epochs(4).resume(&file).fit(&mut resumed, &data)?;
    /// assert_eq!(resumed.fingerprint(), whole.fingerprint());
    /// # std::fs::remove_file(file).ok();
    /// # Ok::<(), loom::Error>(())
    /// ```
    #[must_use]
    pub fn resume(self, path: impl AsRef<Path>) -> Self {
        Trainer { resume: Some(path.as_ref().to_owned()), ..self }
    }

    /// The device to train on: a [`Cpu`] or a `Gpu`.
    #[must_use]
    pub fn on(self, device: &impl Device) -> Self {
        Trainer { device: device.any_device(), ..self }
    }

    /// Steps that training on so many samples takes, for a [`Schedule`].
    pub fn steps(&self, samples: usize) -> u64 {
        (samples.div_ceil(self.batch.max(1)) as u64).saturating_mul(self.epochs as u64)
    }

    /// Trains the network, from the weights that it has.
    ///
    /// Each call is a run of its own: only the weights go on. The optimizer begins anew, without momentum or other state; so do the
    /// learning rate's [`schedule`](Trainer::schedule) and the count of epochs; and samples come in the same order as in the last
    /// call, unless it has another [`seed`](Trainer::seed). Two calls of one epoch therefore do not give what one call of two epochs
    /// gives: for that, set [`epochs`](Trainer::epochs), or write a [`checkpoint`](Trainer::checkpoint) and
    /// [`resume`](Trainer::resume) from it.
    ///
    /// # Errors
    /// Before the first step: where a setting is outside its range, a target is not what the loss takes, an input of an
    /// `Embedding` is not a token, a batch has no variance ([`Error::OneValue`]), an optimizer's state has names that a checkpoint
    /// cannot hold, a checkpoint cannot be resumed, or there is no memory for a batch ([`Error::Memory`]). Later:
    /// [`Error::Diverged`]; [`Error::File`] where a checkpoint cannot be written; and `Error::Gpu`, after
    /// which the network has the weights of the last epoch or checkpoint that was completed.
    pub fn fit<N, X, Y>(&self, net: &mut N, training: &Dataset<X, Y>) -> Result<History, Error>
    where
        N: Model<Precision = F32>,
        X: Sample<AsF32 = N::Input>,
        Y: Target,
        L: Loss<N::Output, Y>,
    {
        in_default_environment(|| self.run(net, None, training, None::<&Dataset<X, Y>>))
    }

    /// Trains the network and scores it on other data after each epoch.
    ///
    /// # Errors
    /// As [`fit`](Trainer::fit).
    pub fn fit_validated<N, X, Y, V>(
        &self,
        net: &mut N,
        training: &Dataset<X, Y>,
        validation: &Dataset<V, Y>,
    ) -> Result<History, Error>
    where
        N: Model<Precision = F32>,
        X: Sample<AsF32 = N::Input>,
        V: Sample<AsF32 = N::Input>,
        Y: Target,
        L: Loss<N::Output, Y>,
    {
        in_default_environment(|| self.run(net, None, training, Some(validation)))
    }

    /// Scores the network on data, without training it.
    ///
    /// # Errors
    /// Where the batch is 0, a target is not what the loss takes, an input of an `Embedding` is not a token, or there is no memory for
    /// a batch ([`Error::Memory`]).
    pub fn evaluate<N, X, Y>(&self, net: &N, data: &Dataset<X, Y>) -> Result<Score, Error>
    where
        N: Model<Precision = F32>,
        X: Sample<AsF32 = N::Input>,
        Y: Target,
        L: Loss<N::Output, Y>,
    {
        require(self.batch > 0, "batch", 0.0, "at least 1")?;
        let terms = self.terms::<N::Output, Y>()?;
        loss::check(&terms, data.targets())?;
        in_default_environment(|| {
            check_tokens(N::PLAN, data)?;
            let capacity = self.batch.min(data.len());
            let weights = net.own_weights();
            let mut stepper = self.device.0.start(weights, &terms, capacity)?;
            self.score(&mut *stepper, weights, &terms, data)
        })
    }

    /// The times that the dispatches of a first training step take, on a GPU.
    #[doc(hidden)]
    pub fn profile<N, X, Y>(&self, net: &N, data: &Dataset<X, Y>) -> Result<Vec<Timing>, Error>
    where
        N: Model<Precision = F32>,
        X: Sample<AsF32 = N::Input>,
        Y: Target,
        L: Loss<N::Output, Y>,
    {
        let mut optimizer = self.optimizer.clone();
        let terms = self.terms::<N::Output, Y>()?;
        let steps = self.common(&terms);
        let order = self.order(data.len(), 1);
        let batch = self.batch.min(order.len());
        in_default_environment(|| {
            let mut stepper = self.device.0.start(net.own_weights(), &terms, batch)?;
            stepper.prepare(&mut optimizer, self.clip, None)?;
            stepper.profile(&mut optimizer, (data, &order[..batch]), &steps)
        })
    }

    fn check(&self, validated: bool) -> Result<(), Error> {
        require(self.batch > 0, "batch", 0.0, "at least 1")?;
        require(self.epochs > 0, "epochs", 0.0, "at least 1")?;
        self.optimizer.check()?;
        self.schedule.check()?;
        self.clip.map_or(Ok(()), Clip::check)?;
        if let Some((_, every_steps)) = self.checkpoint {
            require(every_steps > 0, "checkpoint steps", 0.0, "at least 1")?;
        }
        if let Some(early) = self.early_stopping {
            if !validated {
                return Err(Error::NoValidation);
            }
            require(early.min_delta.is_finite(), "min_delta", early.min_delta, "finite")?;
        }
        Ok(())
    }

    /// The loss as data, a term for each output, with how it is counted as correct.
    fn terms<Output, Y>(&self) -> Result<Vec<Term>, Error>
    where
        L: Loss<Output, Y>,
    {
        let mut terms = self.loss.terms().as_ref().to_vec();
        if self.accuracy.is_some() {
            let outputs = terms.len();
            require(
                outputs == 1,
                "outputs",
                outputs as f64,
                "1 where `accuracy` is set: several outputs have those of their losses",
            )?;
            terms[0].accuracy = self.accuracy;
        }
        Ok(terms)
    }

    fn run<N, X, Y, V>(
        &self,
        net: &mut N,
        fake_quant: Option<&FakeQuant>,
        training: &Dataset<X, Y>,
        validation: Option<&Dataset<V, Y>>,
    ) -> Result<History, Error>
    where
        N: Model<Precision = F32>,
        X: Sample<AsF32 = N::Input>,
        V: Sample<AsF32 = N::Input>,
        Y: Target,
        L: Loss<N::Output, Y>,
    {
        self.check(validation.is_some())?;
        let terms = &*self.terms::<N::Output, Y>()?;
        loss::check(terms, training.targets())?;
        validation.map_or(Ok(()), |data| loss::check(terms, data.targets()))?;
        check_tokens(N::PLAN, training)?;
        validation.map_or(Ok(()), |data| check_tokens(N::PLAN, data))?;
        check_variances(N::PLAN, training.len(), self.batch)?;

        let mut optimizer = self.optimizer.clone();
        self.device.0.check(&mut optimizer, N::PLAN.trained_len)?;
        if self.checkpoint.is_some() || self.resume.is_some() {
            checkpoint::check_names(&optimizer.state(N::PLAN.trained_len))?;
        }
        let settings = self.settings((N::PLAN, fake_quant), terms, training);
        let mut run = match &self.resume {
            Some(path) => {
                let batches = training.len().div_ceil(self.batch);
                checkpoint::load(
                    path,
                    &settings,
                    (batches, terms.len()),
                    net.weights_mut().inner_mut(),
                    &mut optimizer,
                )?
            }
            None => Run::new(terms.len()),
        };
        let capacity = self.batch.min(training.len().max(validation.map_or(0, Dataset::len)));
        let mut learner = Learner::new(net.weights_mut().inner_mut(), fake_quant, self.device.0.cpu());
        let mut stepper = self.device.0.start(learner.weights(), terms, capacity)?;
        stepper.prepare(&mut optimizer, self.clip, learner.master())?;
        let steps = self.common(terms);
        let mut reporter = Reporter::new(self.progress, self.epochs, training.len());
        reporter.skip(run.batch * self.batch);
        while run.epoch <= self.epochs && !run.history.stopped_early {
            let start = Instant::now();
            let before = run.elapsed;
            let order = self.order(training.len(), run.epoch);
            stepper.start_epoch(&run.total);
            let mut rest = &order[(run.batch * self.batch).min(order.len())..];
            while !rest.is_empty() {
                let (segment, later) = rest.split_at(self.samples_to_checkpoint(run.step).min(rest.len()));
                rest = later;
                stepper.train((&mut learner, &mut optimizer), (training, segment), &steps, &mut run, &mut reporter)?;
                run.elapsed = before + start.elapsed();
                if self.is_checkpoint_due(run.step) {
                    stepper.fetch(learner.master, &mut optimizer, &mut run.total)?;
                    self.save(&settings, learner.master, &mut optimizer, (&run, terms))?;
                }
            }
            stepper.fetch(learner.master, &mut optimizer, &mut run.total)?;
            self.check_converging(learner.master, &run, terms)?;
            let training = run.total.score(terms);
            let validation = match validation {
                Some(data) => Some(self.score(&mut *stepper, learner.weights(), terms, data)?),
                None => None,
            };
            let learning_rate = self.learning_rate(run.step - 1);
            let duration = before + start.elapsed();
            let epoch = Epoch { number: run.epoch, training, validation, learning_rate, duration };
            run.finish_epoch(epoch, self.early_stopping, learner.master);
            reporter.finish_epoch(run.history.last(), run.history.stopped_early);
        }
        self.save(&settings, net.own_weights(), &mut optimizer, (&run, terms))?;
        if let Some(weights) = run.best.weights {
            *net.weights_mut() = WeightsOf::new(weights)?;
        }
        Ok(run.history)
    }

    /// The score over data, in order.
    fn score<X: Sample, Y: Target>(
        &self,
        stepper: &mut dyn Stepper,
        weights: &Weights,
        terms: &[Term],
        data: &Dataset<X, Y>,
    ) -> Result<Score, Error> {
        let order: Vec<u32> = (0..data.len() as u32).collect();
        Ok(stepper.score(weights, (data, &order), terms, self.batch)?.score(terms))
    }

    /// What the steps of a run have in common.
    fn common<'a>(&'a self, terms: &'a [Term]) -> Steps<'a> {
        let learning_rate = Box::new(|step| self.learning_rate(step));
        Steps { seed: self.seed, batch: self.batch, clip: self.clip, terms, learning_rate }
    }

    /// What a run and its continuation must share.
    fn settings<X: Sample, Y: Target>(
        &self,
        (plan, fake_quant): (&Plan, Option<&FakeQuant>),
        terms: &[Term],
        data: &Dataset<X, Y>,
    ) -> Settings {
        let fake_quant = fake_quant
            .map(|fake_quant| format!(" with fake quantisation {}", fake_quant.fingerprint()))
            .unwrap_or_default();
        vec![
            ("network", format!("{} of plan {}{fake_quant}", plan.name, plan.fingerprint())),
            ("optimizer", self.optimizer.settings()),
            ("loss", terms.iter().map(Term::to_string).collect::<Vec<_>>().join(", ")),
            ("accuracy", terms.iter().map(|term| format!("{:?}", term.accuracy)).collect::<Vec<_>>().join(", ")),
            ("schedule", format!("{:?}", self.schedule)),
            ("clip", format!("{:?}", self.clip)),
            ("early stopping", format!("{:?}", self.early_stopping)),
            ("batch", self.batch.to_string()),
            ("samples", data.len().to_string()),
            ("scale", format!("{:?}", data.scale())),
            ("seed", self.seed.0.to_string()),
            ("shuffle", self.shuffle.to_string()),
            ("arithmetic", self.device.0.arithmetic()),
        ]
    }

    /// The order of the samples in an epoch.
    fn order(&self, samples: usize, epoch: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..samples as u32).collect();
        if self.shuffle {
            Stream::new(self.seed, Purpose::Shuffle, epoch as u64 - 1).shuffle(&mut order);
        }
        order
    }

    fn learning_rate(&self, step: u64) -> f64 {
        self.optimizer.learning_rate() * self.schedule.factor(step)
    }

    /// Samples of the batches up to the next checkpoint, or all where there is none to write.
    fn samples_to_checkpoint(&self, step: u64) -> usize {
        let steps = self.checkpoint.as_ref().map_or(u64::MAX, |(_, every)| every - step % every);
        usize::try_from(steps).unwrap_or(usize::MAX).saturating_mul(self.batch)
    }

    fn is_checkpoint_due(&self, step: u64) -> bool {
        self.checkpoint.as_ref().is_some_and(|(_, every)| step.is_multiple_of(*every))
    }

    /// Whether the losses and the weights are still finite.
    fn check_converging(&self, weights: &Weights, run: &Run, terms: &[Term]) -> Result<(), Error> {
        if run.total.is_finite() && weights.check_finite().is_ok() {
            return Ok(());
        }
        Err(Error::Diverged { epoch: run.epoch, loss: run.total.score(terms).loss })
    }

    /// Writes a checkpoint, if one is wanted.
    fn save(
        &self,
        settings: &Settings,
        weights: &Weights,
        optimizer: &mut O,
        (run, terms): (&Run, &[Term]),
    ) -> Result<(), Error> {
        let Some((path, _)) = &self.checkpoint else { return Ok(()) };
        self.check_converging(weights, run, terms)?;
        checkpoint::save(path, settings, weights, optimizer, run)
    }
}
