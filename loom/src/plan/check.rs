//! What must hold of a plan before anything runs it.
//!
//! Plans are plain data that any crate can write, and kernels index memory by their numbers. So each plan is checked where it
//! comes in, once for each [`Weights`](crate::Weights), [`Tape`](crate::Tape) and the like, and never in a step. Afterwards:
//!
//! - parameters, running means and tables lie one after the other in the flat buffer, padded, in this order;
//! - each step reads what the step before it writes, and the parameters that come next, all as long as its layer's own sizes
//!   say ([`Describe::sizes`](loom_ir::Describe::sizes)), which are at least 1, agree with one another, and can be multiplied without wrapping;
//! - every slot lies inside its buffer, and what a step writes lies apart from what it reads.

use super::{Param, Plan, Role, Slot, Step};
use loom_ir::facts::{Input, Kind};
use loom_ir::plan::ALIGNMENT;
use loom_ir::{Read, Sizes, count};
use std::collections::BTreeSet;

/// A plan that `network!` would not have written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plan of `{network}` cannot run: {place}: {fault}")]
pub struct PlanError {
    /// The network's name.
    pub network: &'static str,
    /// The part of the plan.
    pub place: String,
    /// What is wrong with it.
    pub fault: &'static str,
}

/// A part of a plan, and what is wrong with it.
type Fault = (String, &'static str);

fn ensure(ok: bool, place: impl Into<String>, fault: &'static str) -> Result<(), Fault> {
    if ok { Ok(()) } else { Err((place.into(), fault)) }
}

pub(super) fn check(plan: &Plan) -> Result<(), PlanError> {
    check_parameters(plan)
        .and_then(|()| check_steps(plan))
        .and_then(|()| check_slots(plan))
        .map_err(|(place, fault)| PlanError { network: plan.name, place, fault })
}

/// Where the next thing begins behind one of so many elements, if that can be counted.
fn end_of(offset: usize, len: usize) -> Option<usize> {
    offset.checked_add(len)?.checked_next_multiple_of(ALIGNMENT).filter(|&end| end <= isize::MAX as usize)
}

/// Parameters that are trained, then running means, then tables, one after the other; names that a file can tell apart.
fn check_parameters(plan: &Plan) -> Result<(), Fault> {
    let mut names = BTreeSet::new();
    for param in plan.params {
        ensure(!param.name.is_empty(), "a parameter", "it has no name")?;
        ensure(names.insert(param.name), named(param), "another parameter has its name")?;
        ensure(param.fan_in > 0 && param.fan_out > 0, named(param), "its `fan_in` or `fan_out` is 0")?;
    }
    let mut end = 0;
    let mut next = |place: String, offset: usize, shape: &[usize]| {
        let len = count(shape).ok_or((place.clone(), "a size is 0, or there are more values than can be counted"))?;
        ensure(offset == end, place.clone(), "it does not begin where the one before it ends")?;
        end = end_of(offset, len).ok_or((place, "it ends beyond what can be counted"))?;
        Ok(end)
    };
    let mut trained_len = 0;
    for param in plan.params.iter().filter(|param| param.role != Role::Statistic) {
        trained_len = next(named(param), param.offset, param.shape)?;
    }
    let mut weights_len = trained_len;
    for param in plan.params.iter().filter(|param| param.role == Role::Statistic) {
        weights_len = next(named(param), param.offset, param.shape)?;
    }
    for table in plan.tables {
        weights_len = next("a table".into(), table.offset, &[table.steps, table.features])?;
    }
    ensure(plan.trained_len == trained_len, "`trained_len`", "it is not where the last trained parameter ends")?;
    ensure(plan.weights_len == weights_len, "`weights_len`", "it is not where the last parameter ends")
}

fn named(param: &Param) -> String {
    format!("parameter `{}`", param.name)
}

/// What a step reads and writes.
struct Slots {
    input: Slot,
    output: Slot,
    skip: Option<Slot>,
    work: Option<Slot>,
}

impl Slots {
    /// Those of a step whose values are the plan's.
    fn of(plan: &Plan, step: &Step) -> Option<Self> {
        let slot = |index: usize| plan.values.get(index).copied();
        let slot_if = |index: Option<usize>| index.map_or(Some(None), |index| slot(index).map(Some));
        let (input, output) = (slot(step.input)?, slot(step.output)?);
        Some(Slots { input, output, skip: slot_if(step.skip)?, work: slot_if(step.work)? })
    }
}

/// A chain of layers from the input to the output, which reads the parameters in their order.
fn check_steps(plan: &Plan) -> Result<(), Fault> {
    let (mut next_param, mut forks, mut value) = (0, Vec::new(), plan.input_value);
    for (index, step) in plan.steps.iter().enumerate() {
        let place = || format!("step `{}`", step.name);
        let Some(slots) = Slots::of(plan, step) else {
            return Err((place(), "what it reads or writes is no value of the plan"));
        };
        ensure(step.input == value, place(), "it does not read what comes out of the step before it")?;
        let Some(Sizes { input, output, work, table, .. }) = step.layer.description().sizes() else {
            return Err((place(), "its layer has a size that is 0, too large, or contradicts another"));
        };
        let lens = [slots.input.len, slots.output.len, slots.work.map_or(0, |work| work.len)];
        ensure(lens == [input, output, work], place(), "its slots are not as long as its layer's sizes say")?;
        let is_somewhere = work > 0 || step.work.is_none();
        ensure(is_somewhere, place(), "it leaves nothing for backward, but has a place for it")?;
        let (mut wanted, mut are_next) = (0, true);
        step.layer.description().params(&mut |read| {
            let number = next_param + wanted;
            are_next &= step.params.get(wanted) == Some(&number)
                && plan.params.get(number).is_some_and(|param| is_met(&read, param));
            wanted += 1;
        });
        are_next &= step.params.len() == wanted;
        ensure(are_next, place(), "what it reads is not the next parameter of the plan")?;
        next_param += wanted;
        let found = step.table.and_then(|table| plan.tables.get(table)).map(|table| [table.steps, table.features]);
        ensure(
            step.table.is_some() == found.is_some() && found == table,
            place(),
            "what it reads is not a table of the plan",
        )?;
        let may_be_here = index > 0 || step.layer.facts().input != Input::Computed;
        ensure(may_be_here, place(), "its layer takes what another computes, and cannot come first")?;
        check_skip(step, &slots, &mut forks).map_err(|fault| (place(), fault))?;
        check_apart(step, &slots).map_err(|fault| (place(), fault))?;
        value = step.output;
    }
    ensure(plan.params.len() == next_param, "`params`", "no step reads the last of them")?;
    ensure(forks.is_empty(), "`steps`", "a fork has no join")?;
    ensure(plan.output_value == value, "`output_value`", "it is not what comes out of the last step")
}

/// The other end of a residual: each join has the fork that comes last before it and is not joined yet.
fn check_skip(step: &Step, slots: &Slots, forks: &mut Vec<Step>) -> Result<(), &'static str> {
    let &Slots { input, output, .. } = slots;
    let (ok, fault) = match step.layer.facts().kind {
        Kind::Fork => {
            forks.push(*step);
            let is_input = step.skip.is_some() && Slot { grad: output.grad, ..input } == output;
            (is_input, "a fork's output is its input, but for the gradient")
        }
        Kind::Join => {
            let is_of = |fork: Step| (Some(fork.input), fork.skip) == (step.skip, Some(step.output));
            let is_as_long = slots.skip.is_some_and(|skip| skip.len == output.len);
            (forks.pop().is_some_and(is_of) && is_as_long, "its skip and the other end's are not each other's")
        }
        _ => (step.skip.is_none(), "it is no residual's end, but has a skip"),
    };
    if ok { Ok(()) } else { Err(fault) }
}

/// What [`exec`](crate::run::exec) borrows at once for a step.
fn check_apart(step: &Step, slots: &Slots) -> Result<(), &'static str> {
    let &Slots { input, output, skip, work } = slots;
    let kind = step.layer.facts().kind;
    let skip_if = |is_read: bool| skip.filter(|_| is_read);
    let activations = [Some(input), Some(output), work, skip_if(kind == Kind::Join)];
    let gradients = [Some(input), Some(output), skip_if(kind == Kind::Fork)];
    // A fork's output is its input, and it has nothing to do with either but their gradients.
    let ok = (kind == Kind::Fork
        || are_apart(&activations, |slot| slot.train) && are_apart(&activations, |slot| slot.infer))
        && are_apart(&gradients, |slot| slot.grad);
    if ok { Ok(()) } else { Err("what it writes overlaps what it reads") }
}

fn are_apart(slots: &[Option<Slot>], offset: impl Fn(&Slot) -> usize) -> bool {
    let begins_behind = |a: &Slot, b: &Slot| offset(b).checked_add(b.len).is_some_and(|end| offset(a) >= end);
    let apart = |a: &Slot, b: &Slot| a.len == 0 || b.len == 0 || begins_behind(a, b) || begins_behind(b, a);
    slots.iter().flatten().enumerate().all(|(i, a)| slots.iter().flatten().take(i).all(|b| apart(a, b)))
}

/// Every slot lies in its buffers, which end where the last slot does; samples are as long as their shapes say.
fn check_slots(plan: &Plan) -> Result<(), Fault> {
    for (name, shape, value) in [("input", plan.input, plan.input_value), ("output", plan.output, plan.output_value)] {
        let is_as_long = plan.values.get(value).is_some_and(|slot| count(shape) == Some(slot.len));
        ensure(is_as_long, format!("the {name}"), "its slot is not as long as its shape says")?;
    }
    let mut ends = [0; 3];
    let mut add = |place: &str, slot: &Slot, has_gradient: bool| {
        let offsets = [Some(slot.train), Some(slot.infer), has_gradient.then_some(slot.grad)];
        for (end, offset) in ends.iter_mut().zip(offsets) {
            let Some(offset) = offset.filter(|_| slot.len > 0) else { continue };
            ensure(offset.is_multiple_of(ALIGNMENT), place, "a slot does not begin at a multiple of 4")?;
            let own = end_of(offset, slot.len).ok_or((place.into(), "a slot ends beyond what can be counted"))?;
            *end = own.max(*end);
        }
        Ok(())
    };
    add("the input", plan.input_slot(), true)?;
    for step in plan.steps {
        let place = format!("step `{}`", step.name);
        add(&place, &plan.values[step.output], true)?;
        step.work.map_or(Ok(()), |work| add(&place, &plan.values[work], false))?;
    }
    ensure(
        ends == [plan.train_len, plan.infer_len, plan.grad_len],
        "the slots",
        "the last does not end where its buffer does",
    )
}

/// Whether a parameter is what a layer reads: kernels find the rows of a matrix by its shape.
fn is_met(read: &Read, param: &Param) -> bool {
    let is_shaped = match *read.shape {
        // A vector is never stored in codes.
        [len] => param.shape == [len],
        [rows, ref columns @ ..] => [param.rows(), param.columns()] == [rows, columns.iter().product()],
        [] => false,
    };
    param.role == read.role && is_shaped
}
