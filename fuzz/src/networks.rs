//! Small networks of all kinds of parameters, and runs that train some of them for a moment.

use loom::dtype::{F4, I8};
use loom::optim::Optimizer;
use loom::prelude::*;
use loom::{Error, Fingerprint, History};
use std::path::Path;

network! {
    /// A convolution, running means, and rows whose last byte of F4 has padding.
    pub struct Image: [1, 5, 5] {
        conv: Conv2d<1, 2, 3> -> norm: BatchNorm2d<2> -> Relu -> Flatten -> Dense<18, 17> -> Tanh -> fc: Dense<17, 3, bias = false>
    }

    /// Tables, attention and norms.
    pub struct Words: [3] {
        Embedding<5, 4> -> LearnedPositions -> attention: MultiHeadAttention<4, 2> -> LayerNorm
            -> Residual { RmsNorm -> SwiGlu<4, hidden = 3> } -> Last -> Dense<4, 2>
    }

    /// Recurrences, and groups of channels.
    pub struct Steps: [2, 4] { Conv1d<2, 3, 2> -> GroupNorm<1, 3> -> Transpose -> Lstm<3, 2> -> Gru<2, 2> -> Rnn<2, 2> -> Mean }

    /// Values that several layers read, and a learned tensor of a function.
    pub struct Graph: [1, 4, 4] {
        let features = Wide<1, 2>;
        let scores = features -> Conv2d<2, 2, 1> -> Sigmoid;
        Concat { Product { features | scores } | input } -> Residual { Conv2d<3, 3, 1> | Wide<3, 3> } -> act: slope<3> -> Flatten -> Dense<48, 2>
    }
    fn slope<C>(x, slope: Param<[C, 1, 1]> = 0.25) { max(x, 0.0) + slope * min(x, 0.0) }
    block Wide<IN, OUT> { Conv2d<IN, OUT, 3, padding = 1> -> Relu }

    /// What is trained.
    pub struct Tiny { Dense<2, 3> -> Tanh -> Dropout<0.25> -> Dense<3, 2> }

    /// What is trained with running means.
    pub struct Pixels: [1, 3, 3] { Conv2d<1, 2, 2> -> BatchNorm2d<2> -> Relu -> Flatten -> Dense<8, 2> }
}

/// What training gave.
pub struct Outcome {
    pub fingerprint: Fingerprint,
    pub history: History,
}

impl Outcome {
    /// The history without its durations, as text, in which NaN equals NaN.
    pub fn scores(&self) -> String {
        let epochs = self.history.epochs.iter();
        let scores: Vec<_> = epochs
            .map(|epoch| (epoch.number, epoch.training.clone(), epoch.validation.clone(), epoch.learning_rate))
            .collect();
        format!("{scores:?}, stopped early: {}", self.history.stopped_early)
    }
}

/// Trains for so many epochs: goes on from the first file, writes checkpoints to the second.
pub type Run = fn(Option<&Path>, Option<&Path>, usize) -> Result<Outcome, Error>;

/// Runs of all optimizers, with and without validation, and of fine-tuning.
pub const RUNS: &[Run] = &[
    |from, to, epochs| {
        let mut net = Tiny::new(Seed(1));
        let trainer = trainer(1, Adam::new(0.02), from, to, epochs).early_stopping(EarlyStopping::new(1));
        let history = trainer.fit_validated(&mut net, &points(), &points())?;
        Ok(Outcome { fingerprint: net.fingerprint(), history })
    },
    |from, to, epochs| {
        let mut net = Tiny::new(Seed(1));
        let trainer = trainer(2, Sgd::new(0.1).momentum(0.9), from, to, epochs).schedule(Schedule::cosine(9));
        let history = trainer.fit(&mut net, &points())?;
        Ok(Outcome { fingerprint: net.fingerprint(), history })
    },
    |from, to, epochs| {
        let mut net = Pixels::new(Seed(1));
        let trainer = trainer(3, RmsProp::new(0.01).momentum(0.5), from, to, epochs).clip(Clip::Norm(0.5));
        let history = trainer.fit_validated(&mut net, &pixels(), &pixels())?;
        Ok(Outcome { fingerprint: net.fingerprint(), history })
    },
    |from, to, epochs| {
        let mut net: Tiny<I8> = Tiny::new(Seed(1)).quantize()?;
        let history = trainer(4, AdamW::new(0.02), from, to, epochs).fine_tune(&mut net, &points())?;
        Ok(Outcome { fingerprint: net.fingerprint(), history })
    },
    |from, to, epochs| {
        let mut net: Pixels<F4> = Pixels::new(Seed(1)).quantize()?;
        let trainer = trainer(5, Sgd::new(0.1), from, to, epochs).early_stopping(EarlyStopping::new(0));
        let history = trainer.fine_tune_validated(&mut net, &pixels(), &pixels())?;
        Ok(Outcome { fingerprint: net.fingerprint(), history })
    },
];

/// The run that a checkpoint says it is of; all, where it does not say.
pub fn runs_of(checkpoint: &[u8]) -> &'static [Run] {
    const SEED: &[u8] = br#""loom.seed":""#;
    let at = checkpoint.windows(SEED.len()).position(|text| text == SEED);
    let number = at.and_then(|at| checkpoint.get(at + SEED.len())).map(|digit| usize::from(digit.wrapping_sub(b'1')));
    number.and_then(|number| RUNS.get(number..=number)).unwrap_or(RUNS)
}

/// A trainer whose seed is its number in [`RUNS`], counted from 1.
fn trainer<O: Optimizer>(
    number: u64,
    optimizer: O,
    from: Option<&Path>,
    to: Option<&Path>,
    epochs: usize,
) -> Trainer<O, CrossEntropy> {
    let mut trainer =
        Trainer::new(optimizer, CrossEntropy).batch(2).epochs(epochs).seed(Seed(number)).on(&Cpu::new().threads(1));
    if let Some(path) = from {
        trainer = trainer.resume(path);
    }
    if let Some(path) = to {
        trainer = trainer.checkpoint(path, 1);
    }
    trainer
}

fn points() -> Dataset<[f32; 2], u8> {
    let inputs = vec![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, -1.0]];
    Dataset::new(inputs, vec![0, 1, 1, 0, 1]).expect("the data is good")
}

fn pixels() -> Dataset<[[[u8; 3]; 3]; 1], u8> {
    let image = |i: u8| [[0, 1, 2].map(|row| [0, 1, 2].map(|column| i * 40 + row * 9 + column * 17))];
    Dataset::new((0..4).map(image).collect(), vec![0, 1, 0, 1])
        .and_then(|data| data.scaled(1.0 / 255.0))
        .expect("the data is good")
}
