//! What must hold of a plan before anything runs it.
//!
//! Plans are plain data that any crate can write, and kernels index memory by their numbers. So each plan is checked where it
//! comes in, once for each [`Weights`](crate::Weights), [`Tape`](crate::Tape) and the like, and never in a step. Afterwards:
//!
//! - parameters, running means and tables lie one after the other in the flat buffer, padded, in this order;
//! - each step reads what earlier ones write, and parameters that come next or that an earlier one reads, all as long as its layer's own sizes
//!   say ([`Describe::sizes`](loom_ir::Describe::sizes)), which are at least 1, agree with one another, and can be multiplied without wrapping;
//! - every slot lies inside its buffer, and what a step writes lies apart from what it reads, and from what is still to be read;
//! - in backward, each gradient is set once, and then added to.

use super::{Param, Plan, Role, Slot, Step};
use loom_ir::facts::{Input, Kind};
use loom_ir::plan::{ALIGNMENT, Argument, Program};
use loom_ir::{Inputs, Layer, Read, Sizes, count};
use std::collections::{BTreeMap, BTreeSet};
use std::iter;

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
        .and_then(|()| check_lives(plan))
        .and_then(|()| check_parameter_gradients(plan))
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

/// Steps of which each reads what earlier ones write, and the parameters in their order.
fn check_steps(plan: &Plan) -> Result<(), Fault> {
    let mut next_param = 0;
    let (mut is_readable, mut is_written) = (vec![false; plan.values.len()], vec![false; plan.values.len()]);
    ensure(plan.input_value < plan.values.len(), "`input_value`", "it is no value of the plan")?;
    (is_readable[plan.input_value], is_written[plan.input_value]) = (true, true);
    for step in plan.steps {
        let place = || format!("step `{}`", step.name);
        let are_there = step.operands.iter().all(|operand| is_readable.get(operand.value) == Some(&true));
        ensure(are_there, place(), "what it reads is no value that an earlier step writes")?;
        for written in iter::once(step.output).chain(step.work) {
            let is_new = is_written.get(written) == Some(&false);
            ensure(is_new, place(), "what it writes is no value of the plan, or another step writes it")?;
            is_written[written] = true;
        }
        is_readable[step.output] = true;
        let Some(Sizes { inputs, output, work, table, .. }) = step.layer.description().sizes() else {
            return Err((place(), "its layer has a size that is 0, too large, or contradicts another"));
        };
        let len = |value: usize| plan.values[value].len;
        let lens = || step.operands.iter().map(|operand| len(operand.value));
        let program = step.program.map(|program| plan.programs.get(program));
        ensure(
            program.is_some() == (inputs == Inputs::Program)
                && program.is_none_or(|program| {
                    program.is_some_and(|program| program.fits(output, lens()) && is_told(program, &step.layer, output))
                }),
            place(),
            "its program does not go with its layer",
        )?;
        let are_met = inputs.are(lens()) && [len(step.output), step.work.map_or(0, len)] == [output, work];
        ensure(are_met, place(), "its slots are not as long as its layer's sizes say")?;
        let is_somewhere = work > 0 || step.work.is_none();
        ensure(is_somewhere, place(), "it leaves nothing for backward, but has a place for it")?;
        let (mut wanted, mut are_next) = (0, true);
        step.layer.description().params(&mut |read| {
            let number = step.params.get(wanted).copied().unwrap_or(usize::MAX);
            let is_new = number == next_param;
            let is_shared = number < next_param && !step.params[..wanted].contains(&number);
            are_next &= (is_new || is_shared) && plan.params.get(number).is_some_and(|param| is_met(&read, param));
            next_param += usize::from(is_new);
            wanted += 1;
        });
        are_next &= step.params.len() == wanted;
        ensure(
            are_next,
            place(),
            "what it reads is not the next parameter of the plan, nor one that an earlier step reads",
        )?;
        let found = step.table.and_then(|table| plan.tables.get(table)).map(|table| [table.steps, table.features]);
        ensure(
            step.table.is_some() == found.is_some() && found == table,
            place(),
            "what it reads is not a table of the plan",
        )?;
        let reads_input = step.operands.iter().any(|operand| operand.value == plan.input_value);
        let may_be_here = !reads_input || step.layer.facts().input != Input::Computed;
        ensure(may_be_here, place(), "its layer takes what another computes, and cannot come first")?;
        check_apart(plan, step).map_err(|fault| (place(), fault))?;
    }
    ensure(plan.params.len() == next_param, "`params`", "no step reads the last of them")?;
    // The executor writes the last step's output to the caller.
    let last = plan.steps.last().map_or(plan.input_value, |step| step.output);
    ensure(plan.output_value == last, "`output_value`", "it is not what comes out of the last step")?;
    check_gradients(plan)
}

/// Whether a layer tells of its program what is so.
fn is_told(program: &Program<'_>, layer: &Layer, output: usize) -> bool {
    let Layer::Expression(layer) = layer else { return false };
    let repeated: usize =
        program.arguments.iter().filter(|argument| !argument.is_whole(output)).map(Argument::values).sum();
    let reads_inputs = program.backward_reads(|source| source < program.output());
    let reads_output = program.backward_reads(|source| source == program.output());
    layer.repeated == repeated && (layer.reads_inputs || !reads_inputs) && (layer.reads_output || !reads_output)
}

/// What [`exec`](crate::run::exec) borrows at once of the gradients for a step.
fn check_apart(plan: &Plan, step: &Step) -> Result<(), &'static str> {
    let slot = |value: usize| &plan.values[value];
    let output = slot(step.output);
    let passes_gradient = step.layer.facts().kind == Kind::Sum;
    let ok = step.operands.iter().all(|operand| {
        let input = slot(operand.value);
        let d_input = operand.addend.unwrap_or(input.grad);
        let is_passed = passes_gradient && d_input == output.grad;
        (is_passed || are_apart((d_input, input.len), (output.grad, output.len)))
            && operand.addend.is_none_or(|addend| {
                let own = (input.grad, input.len);
                are_apart((addend, input.len), own) && are_apart(own, (output.grad, output.len))
            })
    });
    // A GPU writes all of them at once, and then adds the addends.
    let places = || {
        step.operands.iter().map(|operand| {
            let input = slot(operand.value);
            (operand.addend.unwrap_or(input.grad), input.len)
        })
    };
    let is_passed = |place: (usize, usize)| passes_gradient && place.0 == output.grad;
    let ok = ok
        && places().enumerate().all(|(k, a)| is_passed(a) || places().take(k).all(|b| is_passed(b) || are_apart(a, b)));
    if ok { Ok(()) } else { Err("what it writes overlaps what it reads") }
}

/// Whether two places lie apart, each an offset with a length.
fn are_apart(a: (usize, usize), b: (usize, usize)) -> bool {
    let begins_behind = |a: (usize, usize), b: (usize, usize)| b.0.checked_add(b.1).is_some_and(|end| a.0 >= end);
    a.1 == 0 || b.1 == 0 || begins_behind(a, b) || begins_behind(b, a)
}

/// Backward, last step to first: of the steps that read a value, the first sets its gradient, and the others add to it.
fn check_gradients(plan: &Plan) -> Result<(), Fault> {
    let mut is_set = vec![false; plan.values.len()];
    is_set[plan.output_value] = true;
    for step in plan.steps.iter().rev() {
        let place = || format!("step `{}`", step.name);
        ensure(is_set[step.output], place(), "nothing reads what it writes")?;
        for operand in step.operands {
            let adds = operand.addend.is_some();
            ensure(
                adds == is_set[operand.value],
                place(),
                "it sets a gradient that is set, or adds to one that is not",
            )?;
            is_set[operand.value] = true;
        }
    }
    Ok(())
}

/// Backward, last step to first: of the steps that read a parameter, the first sets its gradient, and the others leave theirs behind
/// all parameters, apart from one another. What a running mean moves towards stays there to the end, and nothing else is left in its place.
fn check_parameter_gradients(plan: &Plan) -> Result<(), Fault> {
    let mut is_set = vec![false; plan.params.len()];
    for step in plan.steps.iter().rev() {
        let place = || format!("step `{}`", step.name);
        let has_all = [0, step.params.len()].contains(&step.d_params.len());
        ensure(has_all, place(), "it has not as many places for gradients as parameters")?;
        let adds = |at: usize| step.d_params.get(at).is_some_and(|&place| place != plan.params[step.params[at]].offset);
        for (at, &param) in step.params.iter().enumerate() {
            let fault = "it sets a parameter's gradient that is set, or adds to one that is not";
            ensure(adds(at) == std::mem::replace(&mut is_set[param], true), place(), fault)?;
        }
        let behind = step.added_params(plan).chain(moved_from_behind(plan, step)).map(|(param, at)| (at, param.len()));
        let behind: Vec<_> = behind.collect();
        for (k, &(start, len)) in behind.iter().enumerate() {
            let is_behind =
                start >= plan.weights_len && start.is_multiple_of(ALIGNMENT) && end_of(start, len).is_some();
            ensure(is_behind, place(), "what it leaves of a parameter's gradient does not lie behind all parameters")?;
            let is_apart = behind[..k].iter().all(|&other| are_apart((start, len), other));
            ensure(is_apart, place(), "what it leaves of parameters' gradients overlaps")?;
        }
    }
    let mut kept = BTreeMap::new();
    for step in plan.steps {
        for (param, start) in moved_from_behind(plan, step) {
            let is_apart = is_free(&kept, (start, param.len())) && kept.insert(start, param.len()).is_none();
            ensure(is_apart, format!("step `{}`", step.name), "what a running mean moves towards overlaps another")?;
        }
    }
    for step in plan.steps {
        let is_apart = step.added_params(plan).all(|(param, start)| is_free(&kept, (start, param.len())));
        ensure(is_apart, format!("step `{}`", step.name), "what it adds overlaps what a running mean moves towards")?;
    }
    Ok(())
}

/// The running means of a step whose batch's values it leaves behind all parameters, each with their place.
fn moved_from_behind(plan: &Plan, step: &Step) -> impl Iterator<Item = (&'static Param, usize)> {
    step.statistics(plan).filter(|(param, place)| *place != param.offset)
}

/// Whether a place, an offset with a length, lies apart from all these, which lie apart.
fn is_free(taken: &BTreeMap<usize, usize>, (start, len): (usize, usize)) -> bool {
    taken.range(..start + len).next_back().is_none_or(|(&other, &len)| other + len <= start)
}

/// Every slot lies in its buffers, which end where the last slot does; samples are as long as their shapes say.
fn check_slots(plan: &Plan) -> Result<(), Fault> {
    for (name, ports, value) in [("input", plan.inputs, plan.input_value), ("output", plan.outputs, plan.output_value)]
    {
        ensure(!ports.is_empty(), format!("the {name}"), "it has no name and no shape")?;
        let len = ports.iter().try_fold(0, |len: usize, port| len.checked_add(count(port.shape)?));
        let is_as_long = plan.values.get(value).is_some_and(|slot| len == Some(slot.len));
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
        for operand in step.operands {
            let slot = operand.addend.map(|grad| Slot { grad, ..plan.values[operand.value] });
            slot.map_or(Ok(()), |slot| add(&place, &slot, true))?;
        }
        add(&place, &plan.values[step.output], true)?;
        step.work.map_or(Ok(()), |work| add(&place, &plan.values[work], false))?;
    }
    ensure(
        ends == [plan.train_len, plan.infer_len, plan.grad_len],
        "the slots",
        "the last does not end where its buffer does",
    )
}

/// No step writes to where a value lies that is still to be read: in inference by a step, in training also by backward.
fn check_lives(plan: &Plan) -> Result<(), Fault> {
    let (mut last, end) = (vec![0; plan.values.len()], plan.steps.len());
    for (now, step) in plan.steps.iter().enumerate() {
        step.operands.iter().for_each(|operand| last[operand.value] = now);
    }
    last[plan.output_value] = end;
    check_places(plan, &last, |slot| slot.infer)?;
    plan.saved().for_each(|value| last[value] = end);
    check_places(plan, &last, |slot| slot.train)
}

/// The same for one kind of places, where `last` says at which step each value is read for the last time.
fn check_places(plan: &Plan, last: &[usize], place: fn(&Slot) -> usize) -> Result<(), Fault> {
    // Where the values that are to be read begin and end. They lie apart.
    let mut alive = BTreeMap::from([(place(plan.input_slot()), plan.input_slot().len)]);
    for (now, step) in plan.steps.iter().enumerate() {
        let written = || iter::once(step.output).chain(step.work);
        for slot in written().map(|value| &plan.values[value]) {
            ensure(
                is_free(&alive, (place(slot), slot.len)),
                format!("step `{}`", step.name),
                "it writes to where a value lies that is still to be read",
            )?;
            alive.insert(place(slot), slot.len);
        }
        let read = step.operands.iter().map(|operand| operand.value);
        read.chain(written()).filter(|&value| last[value] <= now).for_each(|value| {
            alive.remove(&place(&plan.values[value]));
        });
    }
    Ok(())
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
