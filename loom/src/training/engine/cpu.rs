//! Training steps on the CPU, with the buffers that they need.

use super::{BackwardOptions, Engine, Part};
use crate::data::{Source, TargetBatch};
use crate::error::{Error, no_memory};
use crate::kernels::Buffer;
use crate::kernels::parameters::Parameters;
use crate::layers::operator::Mode;
use crate::layers::sum::accumulate;
use crate::plan::{Plan, assert_runs};
use crate::run::cpu::{Cpu, with_fma_mode};
use crate::run::exec::{Gradients, Keep, Pass, backward, forward};
use crate::training::custom::{CustomBuffers, evaluate_custom};
use crate::training::loss::{BatchScore, Evaluate, Objective, Term, evaluate};
use crate::training::optim::{AnyOptimizer, Average, Clip, clip};
use crate::weights::Weights;
use core::mem;
use core::ops::Range;

/// A network's training steps on the CPU.
#[derive(Debug, Clone)]
pub(crate) struct CpuEngine {
    plan: &'static Plan,
    cpu: Cpu,
    /// The largest batch that there is room for; none after a panic, which may have left no buffers.
    room: Option<usize>,
    batch: usize,
    mode: Mode,
    activations: Buffer<f32>,
    gradients: Gradients<f32>,
    /// The gradients of the parameters to which those of a backward are added.
    earlier: Buffer<f32>,
    targets: TargetBatch,
    losses: Buffer<f32>,
    custom: CustomBuffers,
    /// Of each term of the last loss.
    scores: Vec<BatchScore>,
    clip_sums: Buffer<f32>,
    averages: Vec<Average>,
}

impl CpuEngine {
    pub(crate) fn new(plan: &'static Plan, cpu: &Cpu) -> Self {
        assert_runs(plan);
        CpuEngine {
            plan,
            cpu: cpu.clone(),
            room: None,
            batch: 0,
            mode: Mode::Inference,
            activations: Buffer::default(),
            gradients: Gradients::default(),
            earlier: Buffer::default(),
            targets: TargetBatch::default(),
            losses: Buffer::default(),
            custom: CustomBuffers::default(),
            scores: Vec::new(),
            clip_sums: Buffer::default(),
            averages: Average::all(plan),
        }
    }

    fn pass(&self) -> Pass<'_> {
        Pass { plan: self.plan, batch: self.batch, mode: self.mode, threads: &self.cpu.threads }
    }

    /// [`forward`](Engine::forward) for the samples of a data set at `indices`.
    pub(crate) fn forward_samples(
        &mut self,
        weights: &Weights,
        (source, indices): (&dyn Source, &[u32]),
        mode: Mode,
    ) -> Result<(), Error> {
        self.start(weights, indices.len(), mode)?;
        source.gather_inputs(indices, &mut self.activations[Keep::All.input(self.plan, self.batch)]);
        self.forward(weights)
    }

    /// [`loss`](Engine::loss) for the samples of a data set that was checked when training began.
    pub(crate) fn loss_samples(
        &mut self,
        terms: &[Term],
        (source, indices): (&dyn Source, &[u32]),
    ) -> Result<&[BatchScore], Error> {
        let mut targets = mem::take(&mut self.targets);
        source.gather_targets(indices, &mut targets);
        let result = self.loss(terms, &targets);
        self.targets = targets;
        result.map(|()| &*self.scores)
    }

    /// Where the values of a part lie in their buffer.
    fn range(&self, part: Part) -> Range<usize> {
        let (plan, batch) = (self.plan, self.batch);
        match part {
            Part::Inputs => Keep::All.input(plan, batch),
            Part::Outputs => Keep::All.output(plan, batch),
            Part::DOutputs => Gradients::<f32>::output(plan, batch),
            Part::DInputs => Gradients::<f32>::input(plan, batch),
            Part::Losses => 0..self.scores.last().map_or(0, |score| score.rows),
            Part::Gradients => 0..plan.weights_len.min(self.gradients.weights.len()),
        }
    }

    fn part(&self, part: Part) -> &[f32] {
        let buffer = match part {
            Part::Inputs | Part::Outputs => &self.activations,
            Part::DOutputs | Part::DInputs => &self.gradients.slots,
            Part::Losses => &self.losses,
            Part::Gradients => &self.gradients.weights,
        };
        &buffer[self.range(part)]
    }

    fn part_mut(&mut self, part: Part) -> &mut [f32] {
        let range = self.range(part);
        let buffer = match part {
            Part::Inputs | Part::Outputs => &mut self.activations,
            Part::DOutputs | Part::DInputs => &mut self.gradients.slots,
            Part::Losses => &mut self.losses,
            Part::Gradients => &mut self.gradients.weights,
        };
        &mut buffer[range]
    }
}

impl Engine for CpuEngine {
    fn start(&mut self, _: &Weights, batch: usize, mode: Mode) -> Result<(), Error> {
        (self.batch, self.mode) = (0, mode);
        if self.room.is_none_or(|room| batch > room) {
            let len = Keep::All.len(self.plan, batch);
            self.activations.try_grow(len).ok_or_else(|| no_memory::<f32>(len, "activations"))?;
            self.gradients.grow(self.plan, batch).map_err(|len| no_memory::<f32>(len, "gradients"))?;
            self.room = Some(batch);
        }
        self.batch = batch;
        Ok(())
    }

    fn forward(&mut self, weights: &Weights) -> Result<(), Error> {
        let room = self.room.take();
        let mut activations = mem::take(&mut self.activations);
        let parameters = Parameters::flat(weights.values());
        with_fma_mode!(self.cpu.fma_mode, forward(self.pass(), Keep::All, parameters, &mut activations));
        (self.activations, self.room) = (activations, room);
        Ok(())
    }

    fn loss(&mut self, terms: &[Term], targets: &TargetBatch) -> Result<(), Error> {
        self.scores.clear();
        for (output, term) in terms.iter().enumerate() {
            let rows = term.rows() * self.batch;
            self.losses.try_grow(rows).ok_or_else(|| no_memory::<f32>(rows, "losses"))?;
            let call = Evaluate {
                term,
                batch: self.batch,
                output_len: self.plan.output_slot().len,
                outputs: &self.activations[Keep::All.output(self.plan, self.batch)],
                targets: targets.part(output, terms.len()),
                d_outputs: &mut self.gradients.slots[Gradients::<f32>::output(self.plan, self.batch)],
                losses: &mut self.losses,
            };
            let score = match term.objective {
                Objective::Custom(custom) => {
                    self.custom.reserve(custom, self.batch)?;
                    let (buffers, threads) = (&mut self.custom, &self.cpu.threads);
                    with_fma_mode!(self.cpu.fma_mode, evaluate_custom(buffers, custom, threads, call))
                }
                _ => with_fma_mode!(self.cpu.fma_mode, evaluate(call)),
            };
            self.scores.push(score);
        }
        Ok(())
    }

    fn scores(&mut self) -> Result<&[BatchScore], Error> {
        Ok(&self.scores)
    }

    fn backward(&mut self, weights: &Weights, options: BackwardOptions) -> Result<(), Error> {
        let trained = self.plan.trained_len;
        if options.accumulate {
            self.earlier.try_grow(trained).ok_or_else(|| no_memory::<f32>(trained, "gradients"))?;
            self.earlier[..trained].copy_from_slice(&self.gradients.weights[..trained]);
        }
        let room = self.room.take();
        let mut gradients = mem::take(&mut self.gradients);
        let (pass, activations) = (self.pass(), &self.activations);
        with_fma_mode!(
            self.cpu.fma_mode,
            backward(pass, weights.values(), activations, &mut gradients, options.to_inputs)
        );
        (self.gradients, self.room) = (gradients, room);
        if options.accumulate {
            let (earlier, sum) = (&self.earlier[..trained], &mut self.gradients.weights[..trained]);
            with_fma_mode!(self.cpu.fma_mode, accumulate(&self.cpu.threads, earlier, sum));
        }
        Ok(())
    }

    fn clip(&mut self, bound: Clip) -> Result<(), Error> {
        let CpuEngine { plan, cpu, gradients, clip_sums, .. } = self;
        clip(cpu, bound, &mut gradients.weights[..plan.trained_len], clip_sums);
        Ok(())
    }

    fn step(
        &mut self,
        weights: &mut Weights,
        optimizer: &mut dyn AnyOptimizer,
        learning_rate: f64,
    ) -> Result<(), Error> {
        let (len, weights, gradients) = (self.plan.trained_len, weights.values_mut(), &self.gradients.weights);
        optimizer.step(&self.cpu, learning_rate, &mut weights[..len], &gradients[..len]);
        for average in self.averages.iter().filter(|average| self.batch > 1 || !average.skips_one) {
            average.apply(&self.cpu, weights, gradients);
        }
        Ok(())
    }

    fn read<'a>(&'a self, part: Part, _: &'a mut Vec<f32>) -> Result<&'a [f32], Error> {
        Ok(self.part(part))
    }

    fn write(&mut self, part: Part, fill: &mut dyn FnMut(&mut [f32])) -> Result<(), Error> {
        fill(self.part_mut(part));
        Ok(())
    }

    fn receive(&mut self, part: Part, adds: bool, (from, from_part): (&dyn Engine, Part)) -> Result<(), Error> {
        let mut host = Vec::new();
        let values = from.read(from_part, &mut host)?;
        if adds {
            let (threads, fma_mode) = (self.cpu.threads.clone(), self.cpu.fma_mode);
            with_fma_mode!(fma_mode, accumulate(&threads, values, self.part_mut(part)));
        } else {
            self.part_mut(part).copy_from_slice(values);
        }
        Ok(())
    }

    fn upload(&mut self, _: &Weights) -> Result<(), Error> {
        Ok(())
    }

    fn fetch(&mut self, _: &mut Weights) -> Result<(), Error> {
        Ok(())
    }

    fn fetch_state(&mut self, _: &mut dyn AnyOptimizer) -> Result<(), Error> {
        Ok(())
    }
}
