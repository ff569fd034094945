//! Runs a plan on the CPU: forward step by step, backward from the last step to the first.

use crate::kernels::parameters::Parameters;
use crate::kernels::{Buffer, Threads};
use crate::layers::operator::{Backward, Forward, Mode, Offsets, Operator};
use crate::numerics::arith::Arith;
use crate::plan::{Plan, Slot, Step};
use core::ops::Range;
use loom_ir::facts::Kind;

/// Where a slot lies in a buffer that holds `batch` samples.
fn region(offset: usize, slot: &Slot, batch: usize) -> Range<usize> {
    offset * batch..(offset + slot.len) * batch
}

/// Which activations a pass keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// All, for backward.
    All,
    /// Only what is still to be read.
    Live,
}

impl Keep {
    pub(crate) fn region(self, slot: &Slot, batch: usize) -> Range<usize> {
        let offset = match self {
            Keep::All => slot.train,
            Keep::Live => slot.infer,
        };
        region(offset, slot, batch)
    }

    /// Elements of activations for a batch.
    pub(crate) fn len(self, plan: &Plan, batch: usize) -> usize {
        let len = match self {
            Keep::All => plan.train_len,
            Keep::Live => plan.infer_len,
        };
        // More than can be counted is more than there is memory for.
        len.saturating_mul(batch)
    }

    /// Where the input of a batch goes.
    pub(crate) fn input(self, plan: &Plan, batch: usize) -> Range<usize> {
        self.region(plan.input_slot(), batch)
    }

    /// Where the output of a batch is found.
    pub(crate) fn output(self, plan: &Plan, batch: usize) -> Range<usize> {
        self.region(plan.output_slot(), batch)
    }
}

/// One pass of a batch through a plan.
#[derive(Clone, Copy)]
pub(crate) struct Pass<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) batch: usize,
    pub(crate) mode: Mode,
    pub(crate) threads: &'a Threads,
}

/// Activations' and parameters' gradients, and room to work in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gradients<T: bytemuck::Pod> {
    /// Gradients of activations, one region for each [`Slot`].
    pub(crate) slots: Buffer<T>,
    /// Gradients of parameters, laid out as the parameters.
    pub(crate) weights: Buffer<T>,
    scratch: Buffer<T>,
}

impl<T: bytemuck::Pod> Gradients<T> {
    /// Makes room for a batch, or tells how many elements there is no memory for.
    pub(crate) fn grow(&mut self, plan: &Plan, batch: usize) -> Result<(), usize> {
        let buffers = [
            (&mut self.slots, plan.grad_len.saturating_mul(batch)),
            (&mut self.weights, plan.weights_len),
            (&mut self.scratch, plan.scratch_len().saturating_mul(batch)),
        ];
        buffers.into_iter().try_for_each(|(buffer, len)| buffer.try_grow(len).ok_or(len))
    }

    /// Where the gradient of the output of a batch goes.
    pub(crate) fn output(plan: &Plan, batch: usize) -> Range<usize> {
        region(plan.output_slot().grad, plan.output_slot(), batch)
    }

    /// Where the gradient of the input of a batch is found.
    pub(crate) fn input(plan: &Plan, batch: usize) -> Range<usize> {
        region(plan.input_slot().grad, plan.input_slot(), batch)
    }
}

/// Fills the activations from the input on, which is there already.
pub(crate) fn forward<A: Arith>(pass: Pass<'_>, keep: Keep, weights: Parameters<'_, A::T>, activations: &mut [A::T]) {
    for step in pass.plan.steps {
        forward_step::<A>(pass, keep, step, weights, activations);
    }
}

/// Infers the output from the input, which is among the activations where none is given.
pub(crate) fn infer<A: Arith>(
    pass: Pass<'_>,
    weights: Parameters<'_, A::T>,
    activations: &mut [A::T],
    mut input: Option<&[A::T]>,
    output: &mut [A::T],
) {
    let Pass { plan, batch, .. } = pass;
    // What a fork reads, others read later.
    if let Some(outside) = input
        && plan.steps.first().is_none_or(|step| step.layer.facts().kind == Kind::Fork)
    {
        activations[Keep::Live.input(plan, batch)].copy_from_slice(outside);
        input = None;
    }
    debug_assert!(plan.steps.last().is_none_or(|last| last.output == plan.output_value));
    let Some((last, others)) = plan.steps.split_last() else {
        return output.copy_from_slice(&activations[Keep::Live.input(plan, batch)]);
    };
    for step in others {
        step_between::<A>(pass, Keep::Live, step, weights, activations, input.take(), None);
    }
    step_between::<A>(pass, Keep::Live, last, weights, activations, input, Some(output));
}

/// Fills the output of one step.
pub(crate) fn forward_step<A: Arith>(
    pass: Pass<'_>,
    keep: Keep,
    step: &Step,
    weights: Parameters<'_, A::T>,
    activations: &mut [A::T],
) {
    step_between::<A>(pass, keep, step, weights, activations, None, None);
}

/// [`forward_step`] where the input or the output may lie outside.
fn step_between<A: Arith>(
    pass: Pass<'_>,
    keep: Keep,
    step: &Step,
    weights: Parameters<'_, A::T>,
    activations: &mut [A::T],
    outside_input: Option<&[A::T]>,
    outside_output: Option<&mut [A::T]>,
) {
    let Pass { plan, batch, mode, threads } = pass;
    let region = |value: usize| keep.region(&plan.values[value], batch);
    let (input, output) = (region(step.input), region(step.output));
    if step.layer.facts().kind == Kind::Fork {
        // The branch reads the fork's input; there is nothing to do.
        return;
    }
    let skip = step.skip.map_or(0..0, region);
    let work = step.work.map_or(0..0, region);
    let [input, skip, output, work] = disjoint(activations, [input, skip, output, work]);
    // Kernels rely on the lengths that the plan gives.
    assert!(
        outside_input.is_none_or(|outside| outside.len() == input.len()),
        "samples are as long as the plan's input"
    );
    assert!(
        outside_output.as_ref().is_none_or(|outside| outside.len() == output.len()),
        "there is room for as many outputs as the plan has"
    );
    let (input, output) = (outside_input.unwrap_or(input), outside_output.unwrap_or(output));
    let offsets = Offsets::of(plan, step);
    step.layer.forward::<A>(&mut Forward { mode, weights, offsets, input, skip, output, work, threads });
}

/// Fills the gradients of the parameters, and of the input if `wants_input`, from the gradient of the output, which is
/// there already, and the activations of the forward pass.
pub(crate) fn backward<A: Arith>(
    pass: Pass<'_>,
    weights: &[A::T],
    activations: &[A::T],
    gradients: &mut Gradients<A::T>,
    wants_input: bool,
) {
    let Pass { plan, batch, mode, threads } = pass;
    for (i, step) in plan.steps.iter().enumerate().rev() {
        let kept = |value: usize| &activations[Keep::All.region(&plan.values[value], batch)];
        let gradient = |value: usize| region(plan.values[value].grad, &plan.values[value], batch);
        let is_fork = step.layer.facts().kind == Kind::Fork;
        let d_skip = step.skip.filter(|_| is_fork).map_or(0..0, gradient);
        let (d_input, d_output) = (gradient(step.input), gradient(step.output));
        let [d_output, d_input, d_skip] = disjoint(&mut gradients.slots, [d_output, d_input, d_skip]);
        step.layer.backward::<A>(&mut Backward {
            mode,
            batch,
            weights,
            offsets: Offsets::of(plan, step),
            input: kept(step.input),
            output: kept(step.output),
            work: step.work.map_or(&[], kept),
            d_output,
            d_skip,
            d_input: (i > 0 || wants_input).then_some(d_input),
            d_weights: &mut gradients.weights,
            scratch: &mut gradients.scratch,
            threads,
        });
    }
}

/// The regions of a buffer that one step reads and writes. They lie apart: [`PlanExt::check`](crate::plan::PlanExt::check).
fn disjoint<T, const N: usize>(buffer: &mut [T], regions: [Range<usize>; N]) -> [&mut [T]; N] {
    buffer.get_disjoint_mut(regions).expect("the plan keeps what a step reads and writes apart")
}
