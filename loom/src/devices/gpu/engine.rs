//! A tape's training steps on a GPU. Each call hands its work to the GPU; only what reads values waits for it.

use super::losses::{LossRoom, Losses};
use super::resident::words_of;
use super::session::{Call, Dispatch, Session, bytes, record, storage};
use super::updates::optimizer_kernel;
use super::{Gpu, GpuError};
use crate::data::TargetBatch;
use crate::error::Error;
use crate::layers::operator::Mode;
use crate::plan::Plan;
use crate::plan::launch::{Extent::Fixed, Extent::PerSample, Launch};
use crate::run::shader::Base;
use crate::shaders::{ACCUMULATE, ADD_GRADIENTS, Binding, Phase, constants};
use crate::training::engine::{BackwardOptions, Engine, Part};
use crate::training::loss::{BatchScore, Term};
use crate::training::optim::{AnyOptimizer, Clip};
use crate::weights::Weights;
use core::any::Any;
use core::{array, slice};
use std::sync::Arc;
use wgpu::{BindGroup, Buffer, CommandEncoder};

/// Submissions that the GPU may be behind.
const BEHIND: usize = 64;

/// Losses whose kernels are kept.
const LOSSES: usize = 8;

/// A network's training steps on a GPU.
#[derive(Debug)]
pub(super) struct GpuEngine {
    gpu: Gpu,
    plan: &'static Plan,
    /// Once there was a batch with samples.
    ready: Option<Ready>,
    batch: usize,
    mode: Mode,
    /// What is written to the GPU.
    host: Vec<f32>,
    /// Which of the losses was the last.
    loss: Option<usize>,
    scores: Vec<BatchScore>,
    /// Submissions since the last wait.
    behind: usize,
}

/// The buffers and kernels of a network.
#[derive(Debug)]
struct Ready {
    session: Session,
    forward_group: BindGroup,
    backward_group: BindGroup,
    clip_group: BindGroup,
    /// Without the gradients of the inputs, and with them.
    backward: [Option<Vec<Dispatch>>; 2],
    losses: Vec<ReadyLosses>,
    clip: Option<(Clip, Vec<Dispatch>)>,
    updates: Option<Updates>,
    accumulation: Option<Accumulation>,
    /// Adds a gradient to that of the outputs.
    add_d_outputs: Option<Dispatch>,
}

/// Losses, with their own buffers.
#[derive(Debug)]
struct ReadyLosses {
    /// Without their weights.
    terms: Vec<Term>,
    losses: Losses,
    targets: Buffer,
    totals: Buffer,
    /// A loss and a hit for each row.
    rows: Buffer,
    compare_group: BindGroup,
    loss_group: BindGroup,
}

/// What moves the weights.
#[derive(Debug)]
struct Updates {
    optimizer: Dispatch,
    /// Each with whether it skips a batch of one sample.
    averages: Vec<(bool, Dispatch)>,
    group: BindGroup,
}

/// What adds the gradients of an earlier batch.
#[derive(Debug)]
struct Accumulation {
    earlier: Buffer,
    add: Dispatch,
    group: BindGroup,
}

impl GpuEngine {
    pub(super) fn new(gpu: &Gpu, plan: &'static Plan) -> Self {
        GpuEngine {
            gpu: gpu.clone(),
            plan,
            ready: None,
            batch: 0,
            mode: Mode::Inference,
            host: Vec::new(),
            loss: None,
            scores: Vec::new(),
            behind: 0,
        }
    }

    /// The buffer of a part, and where its values are. None before there was a batch.
    fn part(&self, part: Part) -> Option<(&Buffer, usize, usize)> {
        let session = &self.ready.as_ref()?.session;
        let (plan, batch) = (self.plan, self.batch);
        let (input, output) = (plan.input_slot(), plan.output_slot());
        let (binding, place, len) = match part {
            Part::Inputs => (Binding::Activations, input.train, input.len),
            Part::Outputs => (Binding::Activations, output.train, output.len),
            Part::DOutputs => (Binding::Gradients, output.grad, output.len),
            Part::DInputs => (Binding::Gradients, input.grad, input.len),
            Part::Gradients => return Some((session.buffers.get(Binding::DWeights), 0, plan.weights_len)),
            Part::Losses => {
                let losses = &self.ready.as_ref()?.losses[self.loss?];
                let rows = losses.terms.last().map_or(0, |term| term.rows() * batch);
                return Some((&losses.rows, 0, rows));
            }
        };
        Some((session.buffers.get(binding), place * batch, len * batch))
    }

    fn ready(&mut self) -> &mut Ready {
        self.ready.as_mut().expect("a batch has begun")
    }

    fn submit(&mut self, encoder: CommandEncoder) -> Result<(), GpuError> {
        let device = self.gpu.device();
        device.queue.submit([encoder.finish()]);
        self.behind += 1;
        if self.behind < BEHIND {
            return device.check();
        }
        self.behind = 0;
        device.wait()
    }

    /// Submits dispatches, each with the buffers that it sees.
    fn run(
        &mut self,
        call: Call,
        parts: impl FnOnce(&Ready) -> Vec<(&BindGroup, &[Dispatch])>,
    ) -> Result<(), GpuError> {
        let mut encoder = self.encoder();
        self.encode(&mut encoder, call, parts);
        self.submit(encoder)
    }

    fn encoder(&self) -> CommandEncoder {
        self.gpu.device().raw.create_command_encoder(&Default::default())
    }

    /// Records dispatches. A submission has one call.
    fn encode(
        &mut self,
        encoder: &mut CommandEncoder,
        call: Call,
        parts: impl FnOnce(&Ready) -> Vec<(&BindGroup, &[Dispatch])>,
    ) {
        let batch = self.batch;
        let ready = self.ready();
        ready.session.write_calls(&[call]);
        let mut pass = encoder.begin_compute_pass(&Default::default());
        for (group, dispatches) in parts(ready) {
            record(&mut pass, group, (0, batch), dispatches, None);
        }
    }

    /// The call of the batch.
    fn call(&self) -> Call {
        Call::new(self.batch, self.mode)
    }

    /// The losses of these terms, with room for them.
    fn prepare_losses(&mut self, terms: &[Term]) -> Result<usize, GpuError> {
        self.loss = None;
        let terms: Vec<Term> = terms.iter().map(Term::unweighted).collect();
        let ready = self.ready();
        if let Some(index) = ready.losses.iter().position(|losses| losses.terms == terms) {
            return Ok(index);
        }
        if ready.losses.len() == LOSSES {
            ready.losses.clear();
        }
        let (capacity, plan) = (ready.session.capacity, ready.session.plan);
        let room = LossRoom::new(&terms, plan, capacity);
        ready.grow(capacity, room.end, room.steps)?;
        let losses = ReadyLosses::new(&ready.session, terms, room.scratch(capacity))?;
        ready.losses.push(losses);
        Ok(ready.losses.len() - 1)
    }
}

impl Ready {
    fn new(gpu: &Gpu, weights: &Weights, capacity: usize) -> Result<Self, GpuError> {
        let plan = weights.plan();
        let end = Base { grad: add_d_outputs_at(plan).saturating_add(plan.output_slot().len), ..Base::end_of(plan) };
        let mut session = Session::with_room(gpu, plan, weights.values(), end, capacity)?;
        session.make_backward_buffers(Clip::scratch(plan.trained_len))?;
        Ok(Ready {
            forward_group: session.group(Phase::Forward, &[]),
            backward_group: session.group(Phase::Backward, &[]),
            clip_group: session.group(Phase::Clip, &[]),
            session,
            backward: [None, None],
            losses: Vec::new(),
            clip: None,
            updates: None,
            accumulation: None,
            add_d_outputs: None,
        })
    }

    /// Makes room for larger batches, with kernels that are tuned for them.
    fn grow_batch(&mut self, capacity: usize) -> Result<(), GpuError> {
        self.losses.clear();
        self.backward = [None, None];
        self.grow(capacity, self.session.end, self.session.plan.scratch_len().saturating_mul(capacity))
    }

    /// Makes room for batches, for values up to `end`, and scratch. What is there stays.
    fn grow(&mut self, capacity: usize, end: Base, scratch: usize) -> Result<(), GpuError> {
        if self.session.grow(capacity, end, scratch)? {
            self.losses.clear();
            self.forward_group = self.session.group(Phase::Forward, &[]);
            self.backward_group = self.session.group(Phase::Backward, &[]);
            self.clip_group = self.session.group(Phase::Clip, &[]);
        }
        Ok(())
    }
}

/// Where a gradient lies, among those of the activations, that is added to that of the outputs. The values of custom losses may be there:
/// their gradients are no longer needed.
fn add_d_outputs_at(plan: &Plan) -> usize {
    Base::behind(Base::default(), plan).grad
}

impl ReadyLosses {
    fn new(session: &Session, terms: Vec<Term>, scratch: usize) -> Result<Self, GpuError> {
        let (gpu, capacity) = (&session.gpu, session.capacity);
        let words: usize = terms.iter().map(Term::target_words).sum();
        let targets = storage(gpu, "targets", words.saturating_mul(capacity))?;
        let totals = storage(gpu, "totals", 2 * terms.len())?;
        let rows = storage(gpu, "losses", scratch)?;
        let order = storage(gpu, "order of samples", capacity)?;
        let numbers: Vec<u32> = (0..capacity as u32).collect();
        gpu.device().queue.write_buffer(&order, 0, bytemuck::cast_slice(&numbers));
        let own = [
            (Binding::Targets, &targets),
            (Binding::Order, &order),
            (Binding::Totals, &totals),
            (Binding::Scratch, &rows),
        ];
        Ok(ReadyLosses {
            losses: Losses::new(session, &terms)?,
            compare_group: session.group(Phase::Gather, &[(Binding::Samples, &targets), (Binding::Order, &order)]),
            loss_group: session.group(Phase::Loss, &own),
            terms,
            targets,
            totals,
            rows,
        })
    }
}

impl Engine for GpuEngine {
    fn start(&mut self, weights: &Weights, batch: usize, mode: Mode) -> Result<(), Error> {
        (self.batch, self.mode, self.loss) = (0, mode, None);
        match &mut self.ready {
            Some(ready) if batch > ready.session.capacity => ready.grow_batch(batch)?,
            None if batch > 0 => self.ready = Some(Ready::new(&self.gpu, weights, batch)?),
            Some(_) | None => {}
        }
        self.batch = batch;
        Ok(())
    }

    fn forward(&mut self, _: &Weights) -> Result<(), Error> {
        if self.batch == 0 {
            return Ok(());
        }
        Ok(self.run(self.call(), |ready| vec![(&ready.forward_group, &ready.session.forward)])?)
    }

    fn loss(&mut self, terms: &[Term], targets: &TargetBatch) -> Result<(), Error> {
        let batch = self.batch;
        let index = self.prepare_losses(terms)?;
        self.loss = Some(index);
        let queue = &self.gpu.device().queue;
        let losses = &self.ready.as_ref().expect("a batch has begun").losses[index];
        queue.write_buffer(&losses.targets, 0, bytemuck::cast_slice(&words_of(targets, batch)));
        queue.write_buffer(&losses.totals, 0, bytemuck::cast_slice(&vec![0.0_f32; 2 * terms.len()]));
        let loss_scales = array::from_fn(|term| terms.get(term).map_or(0.0, |term| term.scale(batch) as f32));
        self.run(Call { loss_scales, ..self.call() }, |ready| {
            let ReadyLosses { losses, compare_group, loss_group, .. } = &ready.losses[index];
            let mut parts = Vec::new();
            for custom in &losses.custom {
                parts.push((compare_group, slice::from_ref(&custom.compare)));
                parts.push((&ready.forward_group, &*custom.forward));
            }
            parts.push((loss_group, &losses.evaluate));
            parts.push((&ready.backward_group, &losses.custom_backward));
            parts
        })?;
        Ok(())
    }

    fn scores(&mut self) -> Result<&[BatchScore], Error> {
        self.scores.clear();
        let (Some(ready), Some(index)) = (&self.ready, self.loss) else { return Ok(&self.scores) };
        let losses = &ready.losses[index];
        let totals = self.gpu.device().read(&losses.totals, 0..8 * losses.terms.len() as u64)?;
        let totals: Vec<[u32; 2]> = bytemuck::pod_collect_to_vec(&totals);
        self.scores.extend(totals.iter().zip(&losses.terms).map(|(&[loss_sum, correct], term)| BatchScore {
            loss_sum: f32::from_bits(loss_sum),
            rows: term.rows() * self.batch,
            correct: correct as usize,
        }));
        Ok(&self.scores)
    }

    fn backward(&mut self, _: &Weights, options: BackwardOptions) -> Result<(), Error> {
        let (to_inputs, len) = (options.to_inputs, self.plan.trained_len);
        let ready = self.ready();
        let session = &ready.session;
        if ready.backward[usize::from(to_inputs)].is_none() {
            let dispatches = session.backward(session.plan, Base::default(), to_inputs)?;
            ready.backward[usize::from(to_inputs)] = Some(dispatches);
        }
        if options.accumulate && ready.accumulation.is_none() {
            let earlier = storage(&session.gpu, "gradients of earlier batches", len)?;
            let add = session.dispatch(&constants([("LEN", len)]), Launch::new(&ADD_GRADIENTS, Fixed(len)))?;
            let group = session.group(Phase::Clip, &[(Binding::Scratch, &earlier)]);
            ready.accumulation = Some(Accumulation { earlier, add, group });
        }
        let mut encoder = self.encoder();
        if options.accumulate {
            let ready = self.ready();
            let earlier = ready.accumulation.as_ref().map(|accumulation| &accumulation.earlier);
            let earlier = earlier.expect("it was made ready");
            encoder.copy_buffer_to_buffer(ready.session.buffers.get(Binding::DWeights), 0, earlier, 0, bytes(len));
        }
        self.encode(&mut encoder, self.call(), |ready| {
            let dispatches = ready.backward[usize::from(to_inputs)].as_deref().unwrap_or_default();
            let mut parts = vec![(&ready.backward_group, dispatches)];
            if let Some(Accumulation { add, group, .. }) = ready.accumulation.as_ref().filter(|_| options.accumulate) {
                parts.push((group, slice::from_ref(add)));
            }
            parts
        });
        Ok(self.submit(encoder)?)
    }

    fn clip(&mut self, bound: Clip) -> Result<(), Error> {
        let ready = self.ready();
        if ready.clip.as_ref().is_none_or(|(last, _)| *last != bound) {
            ready.clip = Some((bound, ready.session.clip(bound)?));
        }
        Ok(self.run(self.call(), |ready| {
            ready.clip.iter().map(|(_, dispatches)| (&ready.clip_group, &**dispatches)).collect()
        })?)
    }

    fn step(&mut self, _: &mut Weights, optimizer: &mut dyn AnyOptimizer, learning_rate: f64) -> Result<(), Error> {
        let batch = self.batch;
        let ready = self.ready();
        optimizer_kernel(optimizer, ready.session.plan.trained_len)?;
        if ready.updates.is_none() {
            let optimizer = ready.session.optimizer(optimizer)?;
            let averages = ready.session.averages()?;
            let group = ready.session.group(Phase::Optimizer, &[]);
            ready.updates = Some(Updates { optimizer, averages, group });
        }
        let call = Call { optimizer: optimizer.scalars(learning_rate), ..self.call() };
        Ok(self.run(call, |ready| {
            let Some(Updates { optimizer, averages, group }) = &ready.updates else { return Vec::new() };
            let averages = averages.iter().filter(|(skips_one, _)| batch > 1 || !skips_one);
            let moves = [optimizer].into_iter().chain(averages.map(|(_, dispatch)| dispatch));
            moves.map(|dispatch| (group, slice::from_ref(dispatch))).collect()
        })?)
    }

    fn read<'a>(&'a self, part: Part, host: &'a mut Vec<f32>) -> Result<&'a [f32], Error> {
        host.clear();
        if let Some((buffer, at, len)) = self.part(part) {
            let range = 4 * at as u64..4 * (at + len) as u64;
            let values = self.gpu.device().read(buffer, range)?;
            host.extend(bytemuck::pod_collect_to_vec::<u8, f32>(&values));
        }
        Ok(host)
    }

    fn write(&mut self, part: Part, fill: &mut dyn FnMut(&mut [f32])) -> Result<(), Error> {
        let mut host = core::mem::take(&mut self.host);
        if let Some((buffer, at, len)) = self.part(part) {
            host.resize(len, 0.0);
            fill(&mut host);
            self.gpu.device().queue.write_buffer(buffer, 4 * at as u64, bytemuck::cast_slice(&host));
        }
        self.host = host;
        Ok(())
    }

    fn receive(&mut self, part: Part, adds: bool, (from, from_part): (&dyn Engine, Part)) -> Result<(), Error> {
        let Some((to, at, len)) = self.part(part) else { return Ok(()) };
        let (to, at) = (to.clone(), if adds { add_d_outputs_at(self.plan) * self.batch } else { at });
        let same = (from as &dyn Any).downcast_ref::<GpuEngine>();
        let same = same.filter(|from| Arc::ptr_eq(&from.gpu.open, &self.gpu.open));
        match same.and_then(|from| from.part(from_part)) {
            Some((from, from_at, _)) => {
                let mut encoder = self.encoder();
                encoder.copy_buffer_to_buffer(from, 4 * from_at as u64, &to, 4 * at as u64, 4 * len as u64);
                self.submit(encoder)?;
            }
            None => {
                let mut host = Vec::new();
                let values = from.read(from_part, &mut host)?;
                self.gpu.device().queue.write_buffer(&to, 4 * at as u64, bytemuck::cast_slice(values));
            }
        }
        if adds {
            let output = self.plan.output_slot();
            let ready = self.ready();
            if ready.add_d_outputs.is_none() {
                let places = [("D_INPUT", output.grad), ("ADDEND", add_d_outputs_at(ready.session.plan))];
                let header = constants([("LEN", output.len)]) + &constants(places);
                let launch = Launch::new(&ACCUMULATE, PerSample(output.len));
                ready.add_d_outputs = Some(ready.session.dispatch(&header, launch)?);
            }
            self.run(self.call(), |ready| vec![(&ready.backward_group, ready.add_d_outputs.as_slice())])?;
        }
        Ok(())
    }

    fn upload(&mut self, weights: &Weights) -> Result<(), Error> {
        if let Some(ready) = &self.ready {
            ready.session.write(Binding::Weights, 0, weights.values());
        }
        Ok(())
    }

    fn fetch(&mut self, weights: &mut Weights) -> Result<(), Error> {
        if let Some(ready) = &self.ready {
            let weights = weights.values_mut();
            weights.copy_from_slice(&ready.session.read(Binding::Weights, 0..weights.len())?);
        }
        Ok(())
    }

    fn fetch_state(&mut self, optimizer: &mut dyn AnyOptimizer) -> Result<(), Error> {
        match self.ready.as_ref().filter(|ready| ready.updates.is_some()) {
            Some(ready) => Ok(ready.session.fetch_state(optimizer)?),
            None => Ok(()),
        }
    }
}
