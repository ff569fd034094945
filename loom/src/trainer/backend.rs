//! What trains: a [`Tape`] on the CPU, or the same steps on a GPU.

use super::Score;
use super::run::{Run, Total};
use crate::cpu::Cpu;
use crate::data::{Dataset, Target};
use crate::device::Place;
use crate::dtype::F32;
use crate::error::Error;
#[cfg(feature = "gpu")]
use crate::gpu::Training;
use crate::grid::Grid;
use crate::loss::{Accuracy, Objective};
use crate::model::Model;
use crate::operator::Mode;
use crate::optim::{Clip, Optimizer};
use crate::progress::Reporter;
use crate::random::Seed;
use crate::sample::Sample;
use crate::tape::Tape;

/// A loss as data, and how outputs are counted as correct.
pub(crate) type Measure = (Objective, Option<Accuracy>);

/// What the steps of a run have in common.
pub(crate) struct Steps<'a> {
    pub(crate) seed: Seed,
    /// Samples in a batch; the last may have fewer.
    pub(crate) batch: usize,
    pub(crate) clip: Option<Clip>,
    pub(crate) measure: Measure,
    /// The learning rate of a step.
    pub(crate) learning_rate: Box<dyn Fn(u64) -> f64 + 'a>,
}

/// A network in training: where it is quantised, what its steps move is not what its passes compute with.
pub(super) struct Learner<'a, N> {
    /// What the optimizer moves.
    pub(super) master: &'a mut N,
    quantised: Option<Quantised<'a, N>>,
}

/// The network that a master rounds to.
struct Quantised<'a, N> {
    grid: &'a Grid,
    net: N,
    cpu: Cpu,
}

impl<'a, N: Model<Precision = F32>> Learner<'a, N> {
    /// A network that is trained as it is, or on a grid.
    pub(super) fn new(master: &'a mut N, grid: Option<&'a Grid>, place: &Place) -> Self {
        let cpu = match place {
            Place::Cpu(cpu) => cpu.clone(),
            #[cfg(feature = "gpu")]
            Place::Gpu(_) => Cpu::new(),
        };
        let quantised = grid.map(|grid| Quantised { grid, net: master.clone(), cpu });
        let mut learner = Learner { master, quantised };
        learner.round();
        learner
    }

    /// The master weights and what they round to, where the network is quantised.
    pub(super) fn master(&self) -> Option<(&'a Grid, &[f32])> {
        self.quantised.as_ref().map(|quantised| (quantised.grid, self.master.own_weights().values()))
    }

    /// What passes compute with.
    pub(super) fn net(&self) -> &N {
        self.quantised.as_ref().map_or(self.master, |quantised| &quantised.net)
    }

    /// Follows the master after a step.
    fn round(&mut self) {
        if let Some(Quantised { grid, net, cpu }) = &mut self.quantised {
            grid.round(&cpu.threads, self.master.weights_mut().values_mut(), net.weights_mut().values_mut());
        }
    }
}

/// What training needs beside scoring.
#[cfg_attr(not(feature = "gpu"), expect(dead_code, reason = "the CPU reads them elsewhere"))]
pub(super) struct Setup<'a, O> {
    pub(super) optimizer: &'a mut O,
    pub(super) clip: Option<Clip>,
    /// The master weights and what they round to, where the network is quantised.
    pub(super) master: Option<(&'a Grid, &'a [f32])>,
}

/// A device at work on a network.
pub(super) enum Backend<N> {
    Cpu(Box<Tape<N>>),
    #[cfg(feature = "gpu")]
    Gpu(Box<Training>),
}

impl<N: Model<Precision = F32>> Backend<N> {
    /// Makes what a device needs for batches of at most `capacity` samples: to train with an optimizer, or only to score.
    #[cfg_attr(not(feature = "gpu"), expect(unused_variables, reason = "a tape makes the rest as it goes"))]
    pub(super) fn new<O: Optimizer>(
        place: &Place,
        net: &N,
        measure: Measure,
        capacity: usize,
        training: Option<Setup<'_, O>>,
    ) -> Result<Self, Error> {
        Ok(match place {
            Place::Cpu(cpu) => {
                let mut tape = Tape::new(cpu);
                tape.reserve(capacity)?;
                Backend::Cpu(Box::new(tape))
            }
            #[cfg(feature = "gpu")]
            Place::Gpu(gpu) => {
                let mut gpu = Training::new(gpu, net.own_weights(), measure, capacity)?;
                if let Some(Setup { optimizer, clip, master }) = training {
                    gpu.prepare(optimizer, clip, master)?;
                }
                Backend::Gpu(Box::new(gpu))
            }
        })
    }

    /// Before the batches of an epoch, or the rest of them.
    pub(super) fn start_epoch(&mut self, run: &Run) {
        match self {
            Backend::Cpu(_) => {}
            #[cfg(feature = "gpu")]
            Backend::Gpu(gpu) => gpu.set_total(&run.total),
        }
        let _ = run;
    }

    /// Takes the samples at `indices` through training, batch by batch.
    pub(super) fn train<X, Y>(
        &mut self,
        (learner, optimizer): (&mut Learner<'_, N>, &mut impl Optimizer),
        (data, indices): (&Dataset<X, Y>, &[u32]),
        steps: &Steps<'_>,
        run: &mut Run,
        reporter: &mut Reporter,
    ) -> Result<(), Error>
    where
        X: Sample<AsF32 = N::Input>,
        Y: Target,
    {
        match self {
            Backend::Cpu(tape) => {
                for indices in indices.chunks(steps.batch) {
                    let mode = Mode::Training { seed: steps.seed, step: run.step };
                    tape.forward_samples(learner.net(), data, indices, mode);
                    run.total.add(tape.loss_samples(steps.measure, data, indices)?);
                    tape.backward(learner.net())?;
                    if let Some(bound) = steps.clip {
                        tape.clip(bound);
                    }
                    tape.advance(learner.master, optimizer, (steps.learning_rate)(run.step));
                    learner.round();
                    run.batch += 1;
                    run.step += 1;
                    reporter.advance(run.epoch, indices.len(), || Some(run.total.score(steps.measure.1)));
                }
                Ok(())
            }
            #[cfg(feature = "gpu")]
            Backend::Gpu(gpu) => Ok(gpu.train(optimizer, data, indices, steps, run, reporter)?),
        }
    }

    /// Brings back what a device holds of its own: the weights, the optimizer's state and the running score.
    pub(super) fn fetch(&mut self, net: &mut N, optimizer: &mut impl Optimizer, run: &mut Run) -> Result<(), Error> {
        match self {
            Backend::Cpu(_) => {}
            #[cfg(feature = "gpu")]
            Backend::Gpu(gpu) => gpu.fetch(net.weights_mut().values_mut(), optimizer, &mut run.total)?,
        }
        let _ = (net, optimizer, run);
        Ok(())
    }

    /// The score over data, batch by batch, in order.
    pub(super) fn score<X, Y>(
        &mut self,
        net: &N,
        measure: Measure,
        batch: usize,
        data: &Dataset<X, Y>,
    ) -> Result<Score, Error>
    where
        X: Sample<AsF32 = N::Input>,
        Y: Target,
    {
        let order: Vec<u32> = (0..data.len() as u32).collect();
        let mut total = Total::default();
        match self {
            Backend::Cpu(tape) => {
                for indices in order.chunks(batch) {
                    tape.forward_samples(net, data, indices, Mode::Inference);
                    total.add(tape.loss_samples(measure, data, indices)?);
                }
            }
            #[cfg(feature = "gpu")]
            Backend::Gpu(gpu) => total = gpu.score(data, &order, batch)?,
        }
        Ok(total.score(measure.1))
    }
}
