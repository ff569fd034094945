//! Training steps on a GPU. Inside an epoch nothing is read back: batches are gathered, losses and correct outputs added
//! up, and weights moved on the device, many steps to a submission.

use super::engine::GpuEngine;
use super::losses::{LossRoom, Losses};
use super::profile::Timer;
use super::resident::{Resident, batches_at_once};
use super::session::{Call, Dispatch, Session, record, storage};
use super::updates::optimizer_kernel;
use super::{Gpu, GpuError};
use crate::data::Source;
use crate::error::Error;
use crate::layers::operator::Mode;
use crate::plan::Plan;
use crate::plan::launch::{Extent::Fixed, Launch};
use crate::run::cpu::Cpu;
use crate::run::shader::Base;
use crate::shaders::{Binding, Phase, QUANTIZE};
use crate::training::engine::Engine;
use crate::training::loss::{BatchScore, Term};
use crate::training::optim::{AnyOptimizer, Clip};
use crate::training::progress::Reporter;
use crate::training::trainer::backend::{Backend, Learner, Stepper, Steps, Timing};
use crate::training::trainer::run::{Run, Total};
use crate::weights::Weights;
use crate::weights::fake_quant::{FakeQuant, FakeQuantTensor};
use core::{array, slice};
use wgpu::BindGroup;

/// A network in training, or scored, on a GPU.
#[derive(Debug)]
struct Training {
    session: Session,
    terms: Vec<Term>,
    forward_group: BindGroup,
    losses: Losses,
    updates: Option<Updates>,
    data: Vec<Resident>,
    /// Rows of each term since the totals were set.
    rows_done: Vec<usize>,
}

/// What moves the weights.
#[derive(Debug)]
struct Updates {
    backward: Vec<Dispatch>,
    backward_group: BindGroup,
    clip: Vec<Dispatch>,
    clip_group: BindGroup,
    /// The optimizer, and the running means where there are any.
    optimizer: Vec<Dispatch>,
    optimizer_group: BindGroup,
    /// The rounding of each tensor, with its buffers, where what the optimizer moves are master weights.
    quantize: Option<(Vec<Dispatch>, BindGroup)>,
}

impl Training {
    /// A network with its weights, for batches of at most `capacity` samples.
    fn new(gpu: &Gpu, weights: &Weights, terms: &[Term], capacity: usize) -> Result<Self, GpuError> {
        let plan = weights.plan();
        let room = LossRoom::new(terms, plan, capacity);
        let mut session = Session::with_room(gpu, plan, weights.values(), room.end, capacity)?;
        // What the losses, clipping or the steps of a loss need.
        session.make_backward_buffers(room.scratch(capacity).max(Clip::scratch(plan.trained_len)).max(room.steps))?;
        session.buffers.set(Binding::Totals, storage(gpu, "totals", 2 * terms.len())?);
        let losses = Losses::new(&session, terms)?;
        let forward_group = session.group(Phase::Forward, &[]);
        let (terms, rows_done) = (terms.to_vec(), vec![0; terms.len()]);
        Ok(Training { session, terms, forward_group, losses, updates: None, data: Vec::new(), rows_done })
    }

    /// Sets what batches have scored so far.
    fn set_total(&mut self, total: &Total) {
        let words = total.terms.iter().flat_map(|total| [total.loss_sum.to_bits(), total.correct as u32]);
        let words: Vec<u32> = words.collect();
        let buffer = self.session.buffers.get(Binding::Totals);
        self.session.gpu.device().queue.write_buffer(buffer, 0, bytemuck::cast_slice(&words));
        self.rows_done = total.terms.iter().map(|total| total.rows).collect();
    }

    fn total(&self) -> Result<Total, GpuError> {
        let values = self.session.read(Binding::Totals, 0..2 * self.terms.len())?;
        let terms = values.as_chunks::<2>().0.iter().zip(&self.rows_done);
        let terms = terms.map(|(&[loss_sum, correct], &rows)| BatchScore {
            loss_sum,
            rows,
            correct: correct.to_bits() as usize,
        });
        Ok(Total { terms: terms.collect() })
    }

    /// The dispatches of a batch, each with the buffers that it sees.
    fn parts<'a>(&'a self, data: &'a Resident, trains: bool) -> Vec<(&'a BindGroup, &'a [Dispatch])> {
        let mut parts = vec![
            (&data.gather_group, slice::from_ref(&data.gather)),
            (&self.forward_group, self.session.forward.as_slice()),
        ];
        for custom in &self.losses.custom {
            parts.push((&data.compare_group, slice::from_ref(&custom.compare)));
            parts.push((&self.forward_group, &custom.forward));
        }
        parts.push((&data.loss_group, &self.losses.evaluate));
        if let Some(updates) = self.updates.as_ref().filter(|_| trains) {
            parts.push((&updates.backward_group, &self.losses.custom_backward));
            parts.push((&updates.backward_group, &updates.backward));
            parts.push((&updates.clip_group, &updates.clip));
            parts.push((&updates.optimizer_group, &updates.optimizer));
            parts.extend(updates.quantize.iter().map(|(dispatches, group)| (group, dispatches.as_slice())));
        }
        parts
    }

    /// Submits the batches of a part of the data.
    fn submit(
        &mut self,
        source: &dyn Source,
        part: &[u32],
        batch: usize,
        trains: bool,
        call: &mut dyn FnMut(usize, usize) -> Call,
        mut timer: Option<&mut Timer>,
    ) -> Result<(), GpuError> {
        let index = match self.data.iter().position(|data| data.is_of(source)) {
            Some(index) => index,
            None => {
                self.data.push(Resident::new(&self.session, source, batch)?);
                self.data.len() - 1
            }
        };
        let (session, data) = (&self.session, &self.data[index]);
        data.select(&session.gpu, source, part);
        let calls: Vec<Call> = part
            .chunks(batch)
            .enumerate()
            .map(|(i, indices)| Call {
                first: (i * batch) as u32,
                loss_scales: array::from_fn(|term| {
                    self.terms.get(term).map_or(0.0, |term| term.scale(indices.len()) as f32)
                }),
                ..call(i, indices.len())
            })
            .collect();
        session.write_calls(&calls);
        let parts = self.parts(data, trains);
        let mut encoder = session.gpu.device().raw.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&Default::default());
        if let Some(timer) = &mut timer {
            timer.write(&mut pass);
        }
        for (i, call) in calls.iter().enumerate() {
            for (group, dispatches) in &parts {
                record(&mut pass, group, (i, call.batch as usize), dispatches, timer.as_deref_mut());
            }
        }
        drop(pass);
        if let Some(timer) = timer {
            timer.resolve(&mut encoder);
        }
        session.gpu.submit(encoder)?;
        for (done, term) in self.rows_done.iter_mut().zip(&self.terms) {
            *done += term.rows() * part.len();
        }
        Ok(())
    }
}

impl Backend for Gpu {
    fn arithmetic(&self) -> String {
        self.fma_mode().map_or_else(|| self.name().to_owned(), |fma_mode| format!("{fma_mode:?}"))
    }

    fn cpu(&self) -> Cpu {
        Cpu::new()
    }

    fn check(&self, optimizer: &mut dyn AnyOptimizer, len: usize) -> Result<(), Error> {
        optimizer_kernel(optimizer, len)?;
        Ok(())
    }

    fn engine(&self, plan: &'static Plan) -> Box<dyn Engine> {
        Box::new(GpuEngine::new(self, plan))
    }

    fn start(&self, weights: &Weights, terms: &[Term], capacity: usize) -> Result<Box<dyn Stepper>, Error> {
        Ok(Box::new(Training::new(self, weights, terms, capacity)?))
    }
}

impl Stepper for Training {
    fn prepare(
        &mut self,
        optimizer: &mut dyn AnyOptimizer,
        clip: Option<Clip>,
        master: Option<(&FakeQuant, &[f32])>,
    ) -> Result<(), Error> {
        let mut moves = vec![self.session.optimizer(optimizer)?];
        let quantize =
            master.map(|(fake_quant, weights)| quantize(&mut self.session, fake_quant, weights)).transpose()?;
        let session = &self.session;
        let backward = session.backward(session.plan, Base::default(), false)?;
        let clip = clip.map_or_else(|| Ok(Vec::new()), |bound| session.clip(bound))?;
        // A trainer refuses the batches that some running means skip.
        moves.extend(session.averages()?.into_iter().map(|(_, dispatch)| dispatch));
        self.updates = Some(Updates {
            backward,
            backward_group: session.group(Phase::Backward, &[]),
            clip,
            clip_group: session.group(Phase::Clip, &[]),
            optimizer: moves,
            optimizer_group: match quantize {
                Some(_) => session.group(Phase::Optimizer, &[(Binding::Weights, session.buffers.get(Binding::Master))]),
                None => session.group(Phase::Optimizer, &[]),
            },
            quantize,
        });
        Ok(())
    }

    fn start_epoch(&mut self, total: &Total) {
        self.set_total(total);
    }

    fn train(
        &mut self,
        (_, optimizer): (&mut Learner<'_>, &mut dyn AnyOptimizer),
        (source, indices): (&dyn Source, &[u32]),
        steps: &Steps<'_>,
        run: &mut Run,
        reporter: &mut Reporter,
    ) -> Result<(), Error> {
        for part in indices.chunks(steps.batch * batches_at_once(steps.batch)) {
            let first = run.step;
            let mut call = |i, samples| steps.call(optimizer, first + i as u64, samples);
            self.submit(source, part, steps.batch, true, &mut call, None)?;
            let batches = part.len().div_ceil(steps.batch);
            run.batch += batches;
            run.step += batches as u64;
            reporter.advance(run.epoch, part.len(), || None);
        }
        Ok(())
    }

    fn fetch(
        &mut self,
        master: &mut Weights,
        optimizer: &mut dyn AnyOptimizer,
        total: &mut Total,
    ) -> Result<(), Error> {
        *total = self.total()?;
        let is_quantised = self.updates.as_ref().is_some_and(|updates| updates.quantize.is_some());
        let moved = if is_quantised { Binding::Master } else { Binding::Weights };
        let weights = master.values_mut();
        weights.copy_from_slice(&self.session.read(moved, 0..weights.len())?);
        self.session.fetch_state(optimizer)?;
        Ok(())
    }

    fn score(
        &mut self,
        _: &Weights,
        (source, indices): (&dyn Source, &[u32]),
        terms: &[Term],
        batch: usize,
    ) -> Result<Total, Error> {
        self.set_total(&Total::new(terms.len()));
        for part in indices.chunks(batch * batches_at_once(batch)) {
            let mut call = |_, samples| Call::new(samples, Mode::Inference);
            self.submit(source, part, batch, false, &mut call, None)?;
        }
        Ok(self.total()?)
    }

    fn profile(
        &mut self,
        optimizer: &mut dyn AnyOptimizer,
        (source, indices): (&dyn Source, &[u32]),
        steps: &Steps<'_>,
    ) -> Result<Vec<Timing>, Error> {
        let mut timer = Timer::new(&self.session.gpu)?;
        let mut call = |_, samples| steps.call(optimizer, 0, samples);
        self.submit(source, indices, steps.batch, true, &mut call, Some(&mut timer))?;
        let data = self.data.iter().find(|data| data.is_of(source)).expect("the data was used");
        let parts = self.parts(data, true);
        Ok(timer.read(&self.session.gpu, parts.into_iter().flat_map(|(_, dispatches)| dispatches))?)
    }
}

impl Steps<'_> {
    /// What the kernels of a training step are told.
    fn call(&self, optimizer: &mut dyn AnyOptimizer, step: u64, samples: usize) -> Call {
        let mut call = Call::new(samples, Mode::Training { seed: self.seed, step });
        call.optimizer = optimizer.scalars((self.learning_rate)(step));
        call
    }
}

/// Makes the buffers of master weights, and what rounds them after a step.
fn quantize(
    session: &mut Session,
    fake_quant: &FakeQuant,
    master: &[f32],
) -> Result<(Vec<Dispatch>, BindGroup), GpuError> {
    let scales: &[f32] = bytemuck::cast_slice(&fake_quant.scales);
    for (binding, what, values) in [(Binding::Master, "master weights", master), (Binding::Scales, "scales", scales)] {
        session.buffers.set(binding, storage(&session.gpu, what, values.len())?);
        session.write(binding, 0, values);
    }
    let dispatch = |tensor: &FakeQuantTensor| {
        session.dispatch(&tensor.header(), Launch::new(&QUANTIZE, Fixed(tensor.param.len())))
    };
    let dispatches = fake_quant.tensors.iter().map(dispatch).collect::<Result<_, _>>()?;
    Ok((dispatches, session.group(Phase::Quantize, &[])))
}
