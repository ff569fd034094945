//! How far a run has come.

use super::history::{EarlyStopping, Epoch, History, Score};
use crate::training::loss::{BatchScore, Term};
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
    /// Nothing is done yet, for a loss of so many terms.
    pub(super) fn new(terms: usize) -> Self {
        Run {
            epoch: 1,
            batch: 0,
            step: 0,
            total: Total::new(terms),
            elapsed: Duration::ZERO,
            best: Best::default(),
            history: History { epochs: Vec::new(), stopped_early: false },
        }
    }

    /// Goes on to the next epoch, unless early stopping ends training.
    pub(super) fn finish_epoch(&mut self, epoch: Epoch, early: Option<EarlyStopping>, weights: &Weights) {
        if let Some((early, score)) = early.zip(epoch.validation.as_ref()) {
            self.history.stopped_early = self.best.is_over(early, score.loss, weights);
        }
        self.history.epochs.push(epoch);
        self.epoch += 1;
        self.batch = 0;
        self.total = Total::new(self.total.terms.len());
        self.elapsed = Duration::ZERO;
    }
}

/// A running score of each term of the loss: losses are added batch after batch, in binary32, as every device can.
#[derive(Debug, Clone)]
pub(crate) struct Total {
    pub(crate) terms: Vec<BatchScore>,
}

impl Total {
    /// Nothing is scored yet.
    pub(crate) fn new(terms: usize) -> Self {
        Total { terms: vec![BatchScore::default(); terms] }
    }

    pub(crate) fn add(&mut self, scores: &[BatchScore]) {
        for (total, score) in self.terms.iter_mut().zip(scores) {
            total.loss_sum += score.loss_sum;
            total.rows += score.rows;
            total.correct += score.correct;
        }
    }

    pub(super) fn score(&self, terms: &[Term]) -> Score {
        let score = |(total, term): (&BatchScore, &Term)| {
            let (rows, loss_sum) = (total.rows as f64, f64::from(total.loss_sum));
            let accuracy = term.accuracy.map(|_| total.correct as f64 / rows);
            Score { loss: loss_sum / rows, accuracy, outputs: Vec::new() }
        };
        let outputs: Vec<Score> = self.terms.iter().zip(terms).map(score).collect();
        let loss = outputs.iter().zip(terms).map(|(score, term)| f64::from(term.weight) * score.loss).sum();
        match outputs.as_slice() {
            [only] => Score { loss, ..only.clone() },
            _ => Score { loss, accuracy: None, outputs },
        }
    }

    /// Whether all losses are finite.
    pub(super) fn is_finite(&self) -> bool {
        self.terms.iter().all(|total| total.loss_sum.is_finite())
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
