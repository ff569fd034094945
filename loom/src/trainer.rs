use crate::cpu::Cpu;
use crate::data::{Dataset, Target};
use crate::error::{Error, require};
use crate::loss::{Accuracy, BatchScore, Loss, Objective};
use crate::network::Network;
use crate::operator::Mode;
use crate::optim::{Clip, Optimizer, Schedule};
use crate::progress::{Progress, Reporter};
use crate::random::{Purpose, Seed, Stream};
use crate::sample::Sample;
use crate::tape::Tape;
use crate::weights::Weights;
use std::time::{Duration, Instant};

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
    cpu: Cpu,
}

/// Stops training when the validation loss has not fallen for some epochs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EarlyStopping {
    /// Epochs without a fall that are borne; the next ends training.
    pub patience: usize,
    /// What counts as a fall: at least this much below the least loss so far.
    pub min_delta: f64,
    /// Whether the network gets back the weights of the epoch of least loss.
    pub restore_best: bool,
}

impl EarlyStopping {
    /// Any fall counts, and the best weights come back.
    pub fn new(patience: usize) -> Self {
        EarlyStopping { patience, min_delta: 0.0, restore_best: true }
    }
}

/// A loss, and the share of correct outputs where the loss has such a thing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// The mean loss.
    pub loss: f64,
    /// The share of correct outputs, 0 to 1. See [`Accuracy`].
    pub accuracy: Option<f64>,
}

/// What an epoch gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Epoch {
    /// Its number, counted from 1.
    pub number: usize,
    /// Over the training data, while the weights moved.
    pub training: Score,
    /// Over the validation data, after the epoch.
    pub validation: Option<Score>,
    /// The learning rate of its last step.
    pub learning_rate: f64,
    /// The time it took, validation included.
    pub duration: Duration,
}

/// What training gave, epoch by epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// In order; at least one.
    pub epochs: Vec<Epoch>,
    /// Whether [`EarlyStopping`] ended it.
    pub stopped_early: bool,
}

impl History {
    /// The last epoch.
    pub fn last(&self) -> &Epoch {
        self.epochs.last().expect("training has at least one epoch")
    }
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
            cpu: Cpu::new(),
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

    /// The seed of the order of samples and of `Dropout`'s masks.
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

    /// The device to train on.
    #[must_use]
    pub fn on(self, cpu: &Cpu) -> Self {
        Trainer { cpu: cpu.clone(), ..self }
    }

    /// Steps that training on so many samples takes, for a [`Schedule`].
    pub fn steps(&self, samples: usize) -> u64 {
        (samples.div_ceil(self.batch.max(1)) * self.epochs) as u64
    }

    /// Trains the network.
    ///
    /// # Errors
    /// Where a setting is outside its range, or a target is not what the loss takes, before the first step; and
    /// [`Error::Diverged`].
    pub fn fit<N, X, Y>(&self, net: &mut N, training: &Dataset<X, Y>) -> Result<History, Error>
    where
        N: Network,
        X: Sample<AsF32 = N::Input>,
        Y: Target,
        L: Loss<N::Output, Y>,
    {
        self.run(net, training, None::<&Dataset<X, Y>>)
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
        N: Network,
        X: Sample<AsF32 = N::Input>,
        V: Sample<AsF32 = N::Input>,
        Y: Target,
        L: Loss<N::Output, Y>,
    {
        self.run(net, training, Some(validation))
    }

    /// Scores the network on data, without training it.
    ///
    /// # Errors
    /// Where the batch is 0, or a target is not what the loss takes.
    pub fn evaluate<N, X, Y>(&self, net: &N, data: &Dataset<X, Y>) -> Result<Score, Error>
    where
        N: Network,
        X: Sample<AsF32 = N::Input>,
        Y: Target,
        L: Loss<N::Output, Y>,
    {
        require(self.batch > 0, "batch", 0.0, "at least 1")?;
        self.loss.objective().check(data.targets())?;
        let order: Vec<u32> = (0..data.len() as u32).collect();
        Ok(self.score(&mut Tape::new(&self.cpu), net, data, &order))
    }

    fn check(&self, validated: bool) -> Result<(), Error> {
        require(self.batch > 0, "batch", 0.0, "at least 1")?;
        require(self.epochs > 0, "epochs", 0.0, "at least 1")?;
        self.optimizer.check()?;
        self.schedule.check()?;
        self.clip.map_or(Ok(()), Clip::check)?;
        if let Some(early) = self.early_stopping {
            require(validated, "early_stopping", early.patience as f64, "used with validation data: `fit_validated`")?;
            require(early.min_delta.is_finite(), "min_delta", early.min_delta, "finite")?;
        }
        Ok(())
    }

    /// The loss as data, and how outputs are counted as correct.
    fn measure<Output, Y>(&self) -> (Objective, Option<Accuracy>)
    where
        L: Loss<Output, Y>,
    {
        let objective = self.loss.objective();
        (objective, self.accuracy.or(objective.accuracy()))
    }

    fn run<N, X, Y, V>(
        &self,
        net: &mut N,
        training: &Dataset<X, Y>,
        validation: Option<&Dataset<V, Y>>,
    ) -> Result<History, Error>
    where
        N: Network,
        X: Sample<AsF32 = N::Input>,
        V: Sample<AsF32 = N::Input>,
        Y: Target,
        L: Loss<N::Output, Y>,
    {
        self.check(validation.is_some())?;
        let measure = self.measure::<N::Output, Y>();
        measure.0.check(training.targets())?;
        validation.map_or(Ok(()), |data| measure.0.check(data.targets()))?;

        let mut optimizer = self.optimizer.clone();
        let mut tape = Tape::new(&self.cpu);
        let mut order: Vec<u32> = (0..training.len() as u32).collect();
        let in_order: Vec<u32> = (0..validation.map_or(0, Dataset::len) as u32).collect();
        let mut reporter = Reporter::new(self.progress, self.epochs, training.len());
        let mut history = History { epochs: Vec::new(), stopped_early: false };
        let mut best = Best::default();
        let mut step = 0;
        for number in 1..=self.epochs {
            let start = Instant::now();
            if self.shuffle {
                order.iter_mut().zip(0..).for_each(|(index, i)| *index = i);
                Stream::new(self.seed, Purpose::Shuffle, number as u64 - 1).shuffle(&mut order);
            }
            let mut total = Total::default();
            let mut learning_rate = 0.0;
            for indices in order.chunks(self.batch) {
                tape.forward_samples(net, training, indices, Mode::Training { seed: self.seed, step });
                total.add(tape.loss_samples(measure, training, indices));
                tape.backward(net);
                if let Some(bound) = self.clip {
                    tape.clip(bound);
                }
                learning_rate = self.optimizer.learning_rate() * self.schedule.factor(step);
                tape.step(net, &mut optimizer, learning_rate);
                step += 1;
                reporter.advance(number, indices.len(), || total.score(measure.1));
            }
            let training = total.score(measure.1);
            if !training.loss.is_finite() {
                return Err(Error::Diverged { epoch: number, loss: training.loss });
            }
            let validation = validation.map(|data| self.score(&mut tape, net, data, &in_order));
            let epoch = Epoch { number, training, validation, learning_rate, duration: start.elapsed() };
            reporter.finish_epoch(&epoch);
            history.epochs.push(epoch);
            let early = self.early_stopping.zip(validation);
            if early.is_some_and(|(early, score)| best.is_over(early, score.loss, net.weights())) {
                history.stopped_early = number < self.epochs;
                break;
            }
        }
        if let Some(weights) = best.weights.filter(|_| self.early_stopping.is_some_and(|early| early.restore_best)) {
            *net.weights_mut() = weights;
        }
        Ok(history)
    }

    /// The score over the samples in `order`, batch by batch.
    fn score<N, X, Y>(&self, tape: &mut Tape<N>, net: &N, data: &Dataset<X, Y>, order: &[u32]) -> Score
    where
        N: Network,
        X: Sample<AsF32 = N::Input>,
        Y: Target,
        L: Loss<N::Output, Y>,
    {
        let measure = self.measure::<N::Output, Y>();
        let mut total = Total::default();
        for indices in order.chunks(self.batch) {
            tape.forward_samples(net, data, indices, Mode::Inference);
            total.add(tape.loss_samples(measure, data, indices));
        }
        total.score(measure.1)
    }
}

/// A running score: losses are added batch after batch, in binary32, as every device can.
#[derive(Debug, Clone, Copy, Default)]
struct Total {
    loss_sum: f32,
    rows: usize,
    correct: usize,
}

impl Total {
    fn add(&mut self, score: BatchScore) {
        self.loss_sum += score.loss_sum;
        self.rows += score.rows;
        self.correct += score.correct;
    }

    fn score(&self, accuracy: Option<Accuracy>) -> Score {
        let rows = self.rows as f64;
        Score { loss: f64::from(self.loss_sum) / rows, accuracy: accuracy.map(|_| self.correct as f64 / rows) }
    }
}

/// The epoch of least validation loss.
#[derive(Debug, Default)]
struct Best {
    loss: Option<f64>,
    weights: Option<Weights>,
    epochs_since: usize,
}

impl Best {
    /// Takes an epoch's validation loss; whether patience is at an end.
    fn is_over(&mut self, early: EarlyStopping, loss: f64, weights: &Weights) -> bool {
        if self.loss.is_none_or(|best| loss < best - early.min_delta || best.is_nan()) {
            *self = Best { loss: Some(loss), weights: early.restore_best.then(|| weights.clone()), epochs_since: 0 };
            return false;
        }
        self.epochs_since += 1;
        self.epochs_since > early.patience
    }
}
