//! What a run gave, and when it ends early.

use std::time::Duration;

/// A loss, and the share of correct outputs where the loss has such a thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The mean loss, times its weight; of a tuple of losses, the sum of these.
    pub loss: f64,
    /// The share of correct outputs, 0 to 1. See [`Accuracy`](crate::training::loss::Accuracy). None for a tuple of losses,
    /// each of which has its own.
    pub accuracy: Option<f64>,
    /// The score of each loss of a tuple, without its weight, in order; empty where there is one loss.
    pub outputs: Vec<Score>,
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
    /// The time it took, validation included; 0 on a target without a clock (`wasm32-unknown-unknown`).
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
