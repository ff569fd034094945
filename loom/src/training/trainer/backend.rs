//! What a trainer asks of a device, and what the two share.

use super::run::{Run, Total};
use crate::data::Source;
use crate::error::Error;
use crate::numerics::random::Seed;
use crate::plan::Plan;
use crate::run::cpu::Cpu;
use crate::training::engine::Engine;
use crate::training::loss::Term;
use crate::training::optim::{AnyOptimizer, Clip};
use crate::training::progress::Reporter;
use crate::weights::Weights;
use crate::weights::fake_quant::FakeQuant;
use core::fmt::Debug;
use std::sync::Arc;

/// A device as data.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct AnyDevice(pub(crate) Arc<dyn Backend>);

/// A device that trains.
pub(crate) trait Backend: Debug + Send + Sync {
    /// Its arithmetic, as checkpoints name it.
    fn arithmetic(&self) -> String;

    /// The processor on which master weights are rounded.
    fn cpu(&self) -> Cpu;

    /// Whether it can run the steps of an optimizer, for weights of length `len`.
    fn check(&self, optimizer: &mut dyn AnyOptimizer, len: usize) -> Result<(), Error>;

    /// Makes what takes the steps of a tape.
    fn engine(&self, plan: &'static Plan) -> Box<dyn Engine>;

    /// Makes what it needs to score a network with these weights, in batches of at most `capacity` samples.
    fn start(&self, weights: &Weights, terms: &[Term], capacity: usize) -> Result<Box<dyn Stepper>, Error>;
}

/// A device at work on a network.
pub(crate) trait Stepper {
    /// Makes what training needs beside scoring: `master` has the master weights and what they round to, where the network is
    /// quantised.
    fn prepare(
        &mut self,
        optimizer: &mut dyn AnyOptimizer,
        clip: Option<Clip>,
        master: Option<(&FakeQuant, &[f32])>,
    ) -> Result<(), Error>;

    /// Sets what the batches of the epoch have scored so far.
    fn start_epoch(&mut self, total: &Total);

    /// Takes the samples at `indices` through training, batch by batch.
    fn train(
        &mut self,
        learner: (&mut Learner<'_>, &mut dyn AnyOptimizer),
        samples: (&dyn Source, &[u32]),
        steps: &Steps<'_>,
        run: &mut Run,
        reporter: &mut Reporter,
    ) -> Result<(), Error>;

    /// Brings back what the device holds of its own: the weights, the optimizer's state and the running score.
    fn fetch(&mut self, master: &mut Weights, optimizer: &mut dyn AnyOptimizer, total: &mut Total)
    -> Result<(), Error>;

    /// The score over the samples at `indices`, batch by batch, with the weights that passes compute with.
    fn score(
        &mut self,
        weights: &Weights,
        samples: (&dyn Source, &[u32]),
        terms: &[Term],
        batch: usize,
    ) -> Result<Total, Error>;

    /// The times that the dispatches of a first training step take; none where there are no dispatches.
    fn profile(
        &mut self,
        optimizer: &mut dyn AnyOptimizer,
        samples: (&dyn Source, &[u32]),
        steps: &Steps<'_>,
    ) -> Result<Vec<Timing>, Error>;
}

/// What the steps of a run have in common.
pub(crate) struct Steps<'a> {
    pub(crate) seed: Seed,
    /// Samples in a batch; the last may have fewer.
    pub(crate) batch: usize,
    pub(crate) clip: Option<Clip>,
    pub(crate) terms: &'a [Term],
    /// The learning rate of a step.
    pub(crate) learning_rate: Box<dyn Fn(u64) -> f64 + 'a>,
}

/// How long a dispatch took.
#[derive(Debug, Clone, PartialEq)]
pub struct Timing {
    /// The layer's name; empty for what is no layer's.
    pub layer: &'static str,
    /// The kernel's name.
    pub kernel: &'static str,
    /// From the end of the dispatch before to the end of this one.
    pub microseconds: f64,
}

/// The weights of a network in training: where it is quantised, what its steps move is not what its passes compute with.
pub(crate) struct Learner<'a> {
    /// What the optimizer moves.
    pub(crate) master: &'a mut Weights,
    quantised: Option<Quantised<'a>>,
}

/// The weights that a master rounds to.
struct Quantised<'a> {
    fake_quant: &'a FakeQuant,
    weights: Weights,
    cpu: Cpu,
}

impl<'a> Learner<'a> {
    /// Weights that are trained as they are, or by fake quantisation.
    pub(super) fn new(master: &'a mut Weights, fake_quant: Option<&'a FakeQuant>, cpu: Cpu) -> Self {
        let quantised = fake_quant.map(|fake_quant| Quantised { fake_quant, weights: master.clone(), cpu });
        let mut learner = Learner { master, quantised };
        learner.round();
        learner
    }

    /// The master weights and what they round to, where the network is quantised.
    pub(super) fn master(&self) -> Option<(&'a FakeQuant, &[f32])> {
        self.quantised.as_ref().map(|quantised| (quantised.fake_quant, self.master.values()))
    }

    /// What passes compute with.
    pub(super) fn weights(&self) -> &Weights {
        self.quantised.as_ref().map_or(self.master, |quantised| &quantised.weights)
    }

    /// Follows the master after a step.
    pub(super) fn round(&mut self) {
        if let Some(Quantised { fake_quant, weights, cpu }) = &mut self.quantised {
            fake_quant.round(&cpu.threads, self.master.values_mut(), weights.values_mut());
        }
    }
}
