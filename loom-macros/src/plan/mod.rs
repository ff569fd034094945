//! The layout of a checked network: plain numbers, all of them per sample and in elements.
//!
//! `unroll` writes out repetitions and nested stacks as one list of steps, and `slots` gives each activation and each
//! gradient its place.

use crate::check::{Model, Network};

mod model;
mod slots;
mod unroll;

use model::Place;
pub(crate) use model::{Op, Param, Plan, Slot, Step};

/// Plans every network of a model that has no errors.
pub(crate) fn plan(model: &Model) -> Vec<Plan<'_>> {
    model.networks.iter().map(|network| plan_network(model, network)).collect()
}

fn plan_network<'a>(model: &'a Model, network: &'a Network) -> Plan<'a> {
    let unrolled = unroll::unroll(model, network);
    let layout = slots::assign(&unrolled);
    let slot = |place: Place| layout.slot(place);
    let (input_slot, output_slot) = (slot(unrolled.input), slot(unrolled.output));
    let steps = unrolled.steps.into_iter().map(|step| Step {
        name: step.name,
        op: step.op,
        input: slot(step.input),
        output: slot(step.output),
        skip: slot(step.skip),
        work: slot(step.work),
    });
    Plan {
        input: network.input.clone().unwrap_or_default(),
        output: network.output.clone().unwrap_or_default(),
        steps: steps.collect(),
        params: unrolled.params,
        trained_len: unrolled.trained_len,
        tables: unrolled.tables,
        weights_len: unrolled.weights_len,
        input_slot,
        output_slot,
        train_len: layout.train_len(),
        infer_len: layout.infer_len(),
        grad_len: layout.grad_len(),
    }
}
