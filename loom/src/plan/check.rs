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
use loom_ir::facts::{End, Input};
use loom_ir::plan::ALIGNMENT;
use loom_ir::{Needs, Sizes, count};
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

impl Plan {
    /// Whether the plan can run: whether its sizes, offsets and layers agree. Plans that `network!` writes always do.
    ///
    /// ```
    /// use loom::plan::Plan;
    /// use loom::prelude::*;
    ///
    /// network! { struct Xor { Dense<2, 8> -> Tanh -> Dense<8, 1> } }
    ///
    /// assert_eq!(Xor::PLAN.check(), Ok(()));
    /// let error = Plan { weights_len: 7, ..*Xor::PLAN }.check().expect_err("there are 33 weights");
    /// assert_eq!(error.to_string(), "the plan of `Xor` cannot run: `weights_len`: it is not where the last parameter ends");
    /// ```
    ///
    /// # Errors
    /// The first fault.
    pub fn check(&self) -> Result<(), PlanError> {
        check_parameters(self)
            .and_then(|()| check_steps(self))
            .and_then(|()| check_slots(self))
            .map_err(|(place, fault)| PlanError { network: self.name, place, fault })
    }

    /// Checks the plan.
    ///
    /// # Panics
    /// Where it cannot run.
    #[track_caller]
    pub(crate) fn assert_runs(&self) {
        self.check().unwrap_or_else(|error| panic!("{error}"));
    }
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

/// A chain of layers from the input to the output, which reads the parameters in their order.
fn check_steps(plan: &Plan) -> Result<(), Fault> {
    let mut params = plan.params.iter();
    let (mut forks, mut value) = (Vec::new(), plan.input_slot);
    for (index, step) in plan.steps.iter().enumerate() {
        let place = || format!("step `{}`", step.name);
        ensure(step.input == value, place(), "it does not read what comes out of the step before it")?;
        let Some(Sizes { input, output, work, params: wanted, table }) = step.layer.description().sizes() else {
            return Err((place(), "its layer has a size that is 0, too large, or contradicts another"));
        };
        let lens = [step.input.len, step.output.len, step.work.len];
        ensure(lens == [input, output, work], place(), "its slots are not as long as its layer's sizes say")?;
        // What is empty lies where it is in nothing else.
        let is_somewhere = step.work.len > 0 || step.work == Slot::NOWHERE;
        ensure(is_somewhere, place(), "it leaves nothing for backward, but has a place for it")?;
        for (offset, needs) in wanted.into_iter().flatten() {
            let is_next = params.next().is_some_and(|param| param.offset == offset && are_met(needs, param));
            ensure(is_next, place(), "what it reads is not the next parameter of the plan")?;
        }
        let has_table = |(offset, len)| plan.tables.iter().any(|table| (table.offset, table.values()) == (offset, len));
        ensure(table.is_none_or(has_table), place(), "what it reads is not a table of the plan")?;
        let may_be_here = index > 0 || step.layer.facts().input != Input::Computed;
        ensure(may_be_here, place(), "its layer takes what another computes, and cannot come first")?;
        check_skip(step, &mut forks).map_err(|fault| (place(), fault))?;
        check_apart(step).map_err(|fault| (place(), fault))?;
        value = step.output;
    }
    ensure(params.next().is_none(), "`params`", "no step reads the last of them")?;
    ensure(forks.is_empty(), "`steps`", "a fork has no join")?;
    ensure(plan.output_slot == value, "`output_slot`", "it is not what comes out of the last step")
}

/// The other end of a residual: each join has the fork that comes last before it and is not joined yet.
fn check_skip(step: &Step, forks: &mut Vec<Step>) -> Result<(), &'static str> {
    let (input, output) = (step.input, step.output);
    let (ok, fault) = match step.layer.facts().end {
        Some(End::Fork) => {
            forks.push(*step);
            (Slot { grad: output.grad, ..input } == output, "a fork's output is its input, but for the gradient")
        }
        Some(End::Join) => {
            let is_of = |fork: Step| (fork.input, fork.skip) == (step.skip, output) && fork.input.len == output.len;
            (forks.pop().is_some_and(is_of), "its skip and the other end's are not each other's")
        }
        None => (step.skip == input, "it is no residual's end, but has a skip of its own"),
    };
    if ok { Ok(()) } else { Err(fault) }
}

/// What [`exec`](crate::exec) borrows at once for a step.
fn check_apart(step: &Step) -> Result<(), &'static str> {
    let Step { input, output, skip, work, .. } = *step;
    let end = step.layer.facts().end;
    let is_fork = end == Some(End::Fork);
    let skip_if = |is_read: bool| Slot { len: if is_read { skip.len } else { 0 }, ..skip };
    let activations = [input, output, work, skip_if(end == Some(End::Join))];
    let gradients = [input, output, skip_if(is_fork)];
    // A fork's output is its input, and it has nothing to do with either but their gradients.
    let ok = (is_fork || are_apart(&activations, |slot| slot.train) && are_apart(&activations, |slot| slot.infer))
        && are_apart(&gradients, |slot| slot.grad);
    if ok { Ok(()) } else { Err("what it writes overlaps what it reads") }
}

fn are_apart(slots: &[Slot], offset: impl Fn(&Slot) -> usize) -> bool {
    let begins_behind = |a: &Slot, b: &Slot| offset(b).checked_add(b.len).is_some_and(|end| offset(a) >= end);
    let apart = |a: &Slot, b: &Slot| a.len == 0 || b.len == 0 || begins_behind(a, b) || begins_behind(b, a);
    slots.iter().enumerate().all(|(i, a)| slots[..i].iter().all(|b| apart(a, b)))
}

/// Every slot lies in its buffers, which end where the last slot does; samples are as long as their shapes say.
fn check_slots(plan: &Plan) -> Result<(), Fault> {
    for (name, shape, slot) in [("input", plan.input, plan.input_slot), ("output", plan.output, plan.output_slot)] {
        ensure(count(shape) == Some(slot.len), format!("the {name}"), "its slot is not as long as its shape says")?;
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
    add("the input", &plan.input_slot, true)?;
    for step in plan.steps {
        add(&format!("step `{}`", step.name), &step.output, true)?;
        add(&format!("step `{}`", step.name), &step.work, false)?;
    }
    ensure(
        ends == [plan.train_len, plan.infer_len, plan.grad_len],
        "the slots",
        "the last does not end where its buffer does",
    )
}

/// Whether a parameter is what a layer reads.
fn are_met(needs: Needs, param: &Param) -> bool {
    match needs {
        Needs::Matrix(shape) => param.role == Role::Weight && [param.rows(), param.columns()] == shape,
        // A vector is never stored in codes.
        Needs::Vector(len) => param.role != Role::Statistic && param.shape == [len],
        Needs::Statistic(len) => param.role == Role::Statistic && param.shape == [len],
    }
}
