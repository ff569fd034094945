//! How far a run has come.

use super::history::{EarlyStopping, Epoch, History, Score};
use crate::training::loss::{Accuracy, BatchScore};
use crate::weights::Weights;
use std::time::Duration;

/// How far training has come: with the weights and the optimizer's state, all that decides what comes next.
#[derive(Debug)]
pub(crate) struct Run {
    /// The epoch under way, counted from 1; past the last when training is done.
    pub(crate) epoch: usize,
    /// Batches of it that are done.
    pub(crate) batch: usize,
    /// Optimizer steps that are done.
    pub(crate) step: u64,
    /// The score of the epoch's batches.
    pub(crate) total: Total,
    /// The time that they took.
    pub(crate) elapsed: Duration,
    pub(crate) best: Best,
    pub(crate) history: History,
}

impl Run {
    /// Nothing is done yet.
    pub(super) fn new() -> Self {
        Run {
            epoch: 1,
            batch: 0,
            step: 0,
            total: Total::default(),
            elapsed: Duration::ZERO,
            best: Best::default(),
            history: History { epochs: Vec::new(), stopped_early: false },
        }
    }

    /// Goes on to the next epoch, unless early stopping ends training.
    pub(super) fn finish_epoch(&mut self, epoch: Epoch, early: Option<EarlyStopping>, weights: &Weights) {
        if let Some((early, score)) = early.zip(epoch.validation) {
            self.history.stopped_early = self.best.is_over(early, score.loss, weights);
        }
        self.history.epochs.push(epoch);
        self.epoch += 1;
        self.batch = 0;
        self.total = Total::default();
        self.elapsed = Duration::ZERO;
    }
}

/// A running score: losses are added batch after batch, in binary32, as every device can.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Total {
    pub(crate) loss_sum: f32,
    pub(crate) rows: usize,
    pub(crate) correct: usize,
}

impl Total {
    pub(crate) fn add(&mut self, score: BatchScore) {
        self.loss_sum += score.loss_sum;
        self.rows += score.rows;
        self.correct += score.correct;
    }

    pub(super) fn score(&self, accuracy: Option<Accuracy>) -> Score {
        let rows = self.rows as f64;
        Score { loss: f64::from(self.loss_sum) / rows, accuracy: accuracy.map(|_| self.correct as f64 / rows) }
    }
}

/// The epoch of least validation loss.
#[derive(Debug, Default)]
pub(crate) struct Best {
    pub(crate) loss: Option<f64>,
    pub(crate) weights: Option<Weights>,
    pub(crate) epochs_since: usize,
}

impl Best {
    /// Takes an epoch's validation loss; whether patience is at an end.
    pub(super) fn is_over(&mut self, early: EarlyStopping, loss: f64, weights: &Weights) -> bool {
        if self.loss.is_none_or(|best| loss < best - early.min_delta || best.is_nan()) {
            *self = Best { loss: Some(loss), weights: early.restore_best.then(|| weights.clone()), epochs_since: 0 };
            return false;
        }
        self.epochs_since += 1;
        self.epochs_since > early.patience
    }
}
