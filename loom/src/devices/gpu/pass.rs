//! Forward and backward passes of one batch, whose inputs and outputs lie on the host.

use super::pipeline::Trust;
use super::session::{Call, Dispatch, Request, Session, record, storage};
use super::{Gpu, GpuError};
use crate::layers::operator::{Mode, Operator};
use crate::plan::launch::{Extent::Fixed, Extent::PerSample, Launch};
use crate::plan::{Operand, Plan, assert_runs};
use crate::run::exec::unsaved;
use crate::run::shader::{Base, Shader};
use crate::shaders::{ACCUMULATE, ACCUMULATE_WEIGHTS, Binding, Phase, Storage, constants};
use core::ops::Range;

impl Call {
    /// The call of a pass in a mode.
    pub(crate) fn new(batch: usize, mode: Mode) -> Self {
        let (training, seed, step) = match mode {
            Mode::Inference => (0, 0, 0),
            Mode::Training { seed, step } => (1, seed.0, step),
        };
        let halves = |word: u64| [word as u32, (word >> 32) as u32];
        Call { batch: batch as u32, training, seed: halves(seed), step: halves(step), ..Call::default() }
    }
}

impl Session {
    /// Where the input of a batch lies among the activations.
    pub(crate) fn input(&self, batch: usize) -> Range<usize> {
        let slot = self.plan.input_slot();
        slot.train * batch..(slot.train + slot.len) * batch
    }

    /// Where the output of a batch lies among the activations.
    pub(crate) fn output(&self, batch: usize) -> Range<usize> {
        let slot = self.plan.output_slot();
        slot.train * batch..(slot.train + slot.len) * batch
    }

    /// Takes a batch of flushed inputs through the network.
    pub(crate) fn run_forward(&self, inputs: &[f32], mode: Mode) -> Result<Vec<f32>, GpuError> {
        let batch = inputs.len() / self.plan.input_slot().len;
        self.write(Binding::Activations, self.input(batch).start, inputs);
        self.write_calls(&[Call::new(batch, mode)]);
        let group = self.group(Phase::Forward, &[]);
        let mut encoder = self.gpu.device().raw.create_command_encoder(&Default::default());
        record(&mut encoder.begin_compute_pass(&Default::default()), &group, (0, batch), &self.forward, None);
        self.gpu.device().queue.submit([encoder.finish()]);
        self.read(Binding::Activations, self.output(batch))
    }
}

/// What a training pass gives.
pub struct PassResult {
    /// [batch, output]
    pub outputs: Vec<f32>,
    /// [batch, input]
    pub d_inputs: Vec<f32>,
    /// Laid out as the weights.
    pub d_weights: Vec<f32>,
}

/// Takes batches forward and backward, for tests of parity: the gradient of the outputs comes from outside.
pub struct Passes {
    session: Session,
    backward: Vec<Dispatch>,
}

impl Passes {
    /// A plan with its weights, for batches of at most `capacity` samples.
    pub fn new(gpu: &Gpu, plan: &'static Plan, weights: &[f32], capacity: usize) -> Result<Self, GpuError> {
        assert_runs(plan);
        assert_eq!(weights.len(), plan.weights_len, "the weights are as long as the plan says");
        let mut session = Session::new(gpu, plan, weights, capacity)?;
        session.make_backward_buffers(0)?;
        let backward = session.backward(plan, Base::default(), true)?;
        Ok(Passes { session, backward })
    }

    /// One batch, forward and backward. Backward finds NaN where it says that it reads nothing.
    pub fn run(&self, inputs: &[f32], mode: Mode, d_outputs: &[f32]) -> Result<PassResult, GpuError> {
        let (session, plan) = (&self.session, self.session.plan);
        let batch = inputs.len() / plan.input_slot().len;
        assert!(batch <= session.capacity, "the batch fits into the buffers");
        assert_eq!(d_outputs.len(), plan.output_slot().len * batch, "there is a gradient for each output");
        let outputs = session.run_forward(inputs, mode)?;
        for range in unsaved(plan, batch) {
            session.write(Binding::Activations, range.start, &vec![f32::NAN; range.len()]);
        }
        session.write(Binding::Gradients, plan.output_slot().grad * batch, d_outputs);
        let group = session.group(Phase::Backward, &[]);
        let mut encoder = session.gpu.device().raw.create_command_encoder(&Default::default());
        record(&mut encoder.begin_compute_pass(&Default::default()), &group, (0, batch), &self.backward, None);
        session.gpu.device().queue.submit([encoder.finish()]);
        let start = plan.input_slot().grad * batch;
        let d_inputs = session.read(Binding::Gradients, start..start + plan.input_slot().len * batch)?;
        let d_weights = session.read(Binding::DWeights, 0..plan.weights_len)?;
        Ok(PassResult { outputs, d_inputs, d_weights })
    }
}

impl Session {
    /// Makes the buffers of a backward pass, with at least so much scratch.
    pub(crate) fn make_backward_buffers(&mut self, scratch: usize) -> Result<(), GpuError> {
        let (plan, capacity) = (self.plan, self.capacity);
        // More than can be counted is more than a buffer holds.
        let layers = plan.scratch_len().saturating_mul(capacity);
        let lens = [
            (Binding::Gradients, "gradients of the activations", self.end.grad.saturating_mul(capacity)),
            (Binding::DWeights, "gradients of the weights", plan.d_weights_len()),
            (Binding::Scratch, "scratch", layers.max(scratch)),
        ];
        for (binding, what, len) in lens {
            self.buffers.set(binding, storage(&self.gpu, what, len)?);
        }
        Ok(())
    }

    /// The dispatches of a backward pass of a plan whose values begin at `base`, from the last step to the first.
    pub(crate) fn backward(
        &self,
        plan: &'static Plan,
        base: Base,
        wants_input: bool,
    ) -> Result<Vec<Dispatch>, GpuError> {
        let mut requests = Vec::new();
        let is_wanted = |operand: &&Operand| wants_input || operand.value != plan.input_value;
        for step in plan.steps.iter().rev() {
            let shader = Shader::of(plan, step, base);
            let (layer, trust, storage) = (step.name, Trust::of(&shader), Storage::Values);
            let wants_any = step.operands.iter().any(|operand| is_wanted(&operand));
            for launch in step.layer.launches_of(Phase::Backward) {
                if !launch.kernel.name.starts_with("d_input") || wants_any {
                    requests.push(Request { layer, storage, trust, header: shader.constants(), launch });
                }
            }
            for operand in step.operands.iter().filter(is_wanted) {
                let Some(addend) = operand.addend else { continue };
                let slot = &plan.values[operand.value];
                let places = [("D_INPUT", base.grad + slot.grad), ("ADDEND", base.grad + addend)];
                let header = constants([("LEN", slot.len)]) + &constants(places);
                let launch = Launch::new(&ACCUMULATE, PerSample(slot.len));
                requests.push(Request { layer, storage, trust, header, launch });
            }
            for (param, addend) in step.added_params(plan) {
                let header = constants([("LEN", param.len()), ("D_PARAM", param.offset), ("ADDEND", addend)]);
                let launch = Launch::new(&ACCUMULATE_WEIGHTS, Fixed(param.len()));
                requests.push(Request { layer, storage, trust, header, launch });
            }
        }
        self.dispatches(&requests)
    }
}
