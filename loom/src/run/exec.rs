//! Runs a plan on the CPU: forward step by step, backward from the last step to the first.

use crate::kernels::parameters::Parameters;
use crate::kernels::{Buffer, Threads};
use crate::layers::operator::{Backward, Forward, Mode, Offsets, Operands, Operator, Parts};
use crate::layers::sum::accumulate;
use crate::numerics::arith::Arith;
use crate::plan::{Plan, Slot, Step};
use core::iter;
use core::ops::Range;

/// Where a slot lies in a buffer that holds `batch` samples.
fn region(offset: usize, slot: &Slot, batch: usize) -> Range<usize> {
    offset * batch..(offset + slot.len) * batch
}

/// Which activations a pass keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// All that backward reads, too.
    All,
    /// Only what is still to be read.
    Live,
}

impl Keep {
    pub(crate) fn region(self, slot: &Slot, batch: usize) -> Range<usize> {
        region(self.place()(slot), slot, batch)
    }

    /// Where a slot lies among the activations of one sample.
    fn place(self) -> fn(&Slot) -> usize {
        match self {
            Keep::All => |slot| slot.train,
            Keep::Live => |slot| slot.infer,
        }
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

/// The elements among the activations of a batch that backward does not read, where tests put NaN.
pub(crate) fn unsaved(plan: &Plan, batch: usize) -> Vec<Range<usize>> {
    let mut saved: Vec<_> = plan.saved().map(|value| Keep::All.region(&plan.values[value], batch)).collect();
    saved.sort_by_key(|range| range.start);
    let ends = iter::once(0).chain(saved.iter().map(|range| range.end));
    let starts = saved.iter().map(|range| range.start).chain([Keep::All.len(plan, batch)]);
    ends.zip(starts).map(|(end, start)| end..start).filter(|range| !range.is_empty()).collect()
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
    /// Gradients of parameters, laid out as the parameters, and behind them what steps add.
    pub(crate) weights: Buffer<T>,
    scratch: Buffer<T>,
}

impl<T: bytemuck::Pod> Gradients<T> {
    /// Makes room for a batch, or tells how many elements there is no memory for.
    pub(crate) fn grow(&mut self, plan: &Plan, batch: usize) -> Result<(), usize> {
        let buffers = [
            (&mut self.slots, plan.grad_len.saturating_mul(batch)),
            (&mut self.weights, plan.d_weights_len()),
            (&mut self.scratch, plan.scratch_len().saturating_mul(batch)),
        ];
        buffers.into_iter().try_for_each(|(buffer, len)| buffer.try_grow(len).ok_or(len))
    }

    /// The gradients of parameters, laid out as the parameters; nothing before there was room for a batch.
    pub(crate) fn params(&mut self, plan: &Plan) -> &mut [T] {
        let len = plan.weights_len.min(self.weights.len());
        &mut self.weights[..len]
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
    // Where only the first step reads the input, it need not be copied.
    if let Some(outside) = input
        && !is_read_first_alone(plan)
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

/// Whether the first step reads the plan's input and nothing else, and no other step reads it.
fn is_read_first_alone(plan: &Plan) -> bool {
    let is_input = |step: &Step| step.operands.iter().any(|operand| operand.value == plan.input_value);
    let Some((first, others)) = plan.steps.split_first() else { return false };
    first.operands.len() == 1 && is_input(first) && !others.iter().any(is_input)
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
    let written = [region(step.output), step.work.map_or(0..0, region)];
    let several;
    let program = step.program.map(|program| &plan.programs[program]);
    let (output, work, input, operands) = if let ([operand], None) = (step.operands, program) {
        // Most steps read one value, and need no search for it.
        let [first, second] = written;
        let [output, work, input] = disjoint(activations, [first, second, region(operand.value)]);
        (output, work, &*input, Operands::NONE)
    } else {
        let ([output, work], parts) = split(activations, written);
        // The input is all that a step reads which reads one from outside.
        let start = step.operands.first().map_or(0, |operand| region(operand.value).start);
        let parts = outside_input.map_or(parts, |outside| [(start, outside), (0, &[]), (0, &[])]);
        several = Operands { parts, operands: step.operands, slots: plan.values, place: keep.place(), batch };
        let input = if step.operands.is_empty() { &[][..] } else { several.get(0) };
        (output, work, input, &several)
    };
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
    step.layer.forward::<A>(&mut Forward { mode, weights, offsets, input, operands, program, output, work, threads });
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
    for step in plan.steps.iter().rev() {
        let kept = |value: usize| &activations[Keep::All.region(&plan.values[value], batch)];
        let parts = [(0, activations), (0, &[]), (0, &[])];
        let (slots, place) = (plan.values, Keep::All.place());
        let operands = &Operands { parts, operands: step.operands, slots, place, batch };
        let program = step.program.map(|program| &plan.programs[program]);
        let d_output = &plan.values[step.output];
        // A step of no input is called once, for its parameters.
        for k in 0..step.operands.len().max(1) {
            let operand = step.operands.get(k);
            let is_wanted = operand.is_some_and(|operand| wants_input || operand.value != plan.input_value);
            let place = operand.map(|operand| operand.addend.unwrap_or(plan.values[operand.value].grad));
            let d_input =
                operand.zip(place).map_or(0..0, |(operand, place)| region(place, &plan.values[operand.value], batch));
            // Some layers pass the output's gradient on, and need not move it. The first call also sets the parameters' gradients.
            if place != Some(d_output.grad) && (k == 0 || is_wanted) {
                let regions = [d_input.clone(), region(d_output.grad, d_output, batch)];
                let [d_input, d_output] = disjoint(&mut gradients.slots, regions);
                step.layer.backward::<A>(&mut Backward {
                    mode,
                    batch,
                    weights,
                    offsets: Offsets::of(plan, step),
                    input: operand.map_or(&[], |operand| kept(operand.value)),
                    operand: k,
                    operands,
                    program,
                    output: kept(step.output),
                    work: step.work.map_or(&[], kept),
                    d_output,
                    d_input: is_wanted.then_some(d_input),
                    d_weights: &mut gradients.weights,
                    scratch: &mut gradients.scratch,
                    threads,
                });
            }
            if let Some(operand) = operand.filter(|operand| operand.addend.is_some() && is_wanted) {
                let slot = &plan.values[operand.value];
                let [addend, sum] = disjoint(&mut gradients.slots, [d_input, region(slot.grad, slot, batch)]);
                accumulate::<A>(threads, addend, sum);
            }
        }
        if step.d_params.is_empty() {
            continue;
        }
        for (param, place) in step.added_params(plan) {
            let regions = [place..place + param.len(), param.range()];
            let [addend, sum] = disjoint(&mut gradients.weights, regions);
            accumulate::<A>(threads, addend, sum);
        }
    }
}

/// The regions of a buffer that one step reads and writes. They lie apart: [`PlanExt::check`](crate::plan::PlanExt::check).
fn disjoint<T, const N: usize>(buffer: &mut [T], regions: [Range<usize>; N]) -> [&mut [T]; N] {
    buffer.get_disjoint_mut(regions).expect("the plan keeps what a step reads and writes apart")
}

/// Two regions of a buffer, and the parts between, each with its offset.
fn split<T>(buffer: &mut [T], regions: [Range<usize>; 2]) -> ([&mut [T]; 2], Parts<'_, T>) {
    let [first, second] = &regions;
    let is_swapped = (second.start, second.end) < (first.start, first.end);
    let (a, b) = if is_swapped { (second, first) } else { (first, second) };
    assert!(a.end <= b.start, "the plan keeps what a step writes apart");
    let (rest, after) = buffer.split_at_mut(b.end);
    let (rest, at_b) = rest.split_at_mut(b.start);
    let (rest, between) = rest.split_at_mut(a.end);
    let (before, at_a) = rest.split_at_mut(a.start);
    let written = if is_swapped { [at_b, at_a] } else { [at_a, at_b] };
    (written, [(0, before), (a.end, between), (b.end, after)])
}
