//! What a network asks of data, before the first step.

use crate::data::Source;
use crate::error::Error;
use crate::plan::Plan;
use loom_ir::facts::{Input, Kind, Output};

/// The smallest vocabulary of which the network's inputs are tokens, if a layer looks them up. Layers in front that pass values on, such as
/// `Flatten`, do not matter.
fn vocabulary(plan: &Plan) -> Option<usize> {
    let mut are_inputs = vec![false; plan.values.len()];
    are_inputs[plan.input_value] = true;
    let mut smallest = None;
    for step in plan.steps {
        let facts = step.layer.facts();
        if !step.operands.iter().all(|operand| are_inputs[operand.value]) {
            continue;
        }
        are_inputs[step.output] = facts.output == Output::Kept;
        if let Input::Tokens(vocabulary) = facts.input {
            smallest = Some(smallest.map_or(vocabulary, |smallest: usize| smallest.min(vocabulary)));
        }
    }
    smallest
}

/// Checks that each input value is a token, if the network looks tokens up.
pub(super) fn check_tokens(plan: &Plan, data: &dyn Source) -> Result<(), Error> {
    let Some(vocabulary) = vocabulary(plan) else { return Ok(()) };
    // Exact: the vocabulary is at most 2^24.
    let is_token = |x: &f32| x.fract() == 0.0 && (0.0..vocabulary as f32).contains(x);
    let mut values = vec![0.0; plan.input.iter().product()];
    for sample in 0..data.samples() {
        data.gather_inputs(&[sample as u32], &mut values);
        if let Some(index) = values.iter().position(|x| !is_token(x)) {
            return Err(Error::Token { sample, index, value: values[index], vocabulary });
        }
    }
    Ok(())
}

/// Checks that every batch, of which only the last may be smaller, has a variance wherever it is normalised by its own.
pub(super) fn check_variances(plan: &Plan, samples: usize, batch: usize) -> Result<(), Error> {
    let last = (samples - 1) % batch + 1;
    match plan.steps.iter().find(|step| step.layer.facts().kind == Kind::BatchStatistics(1)) {
        Some(step) if last == 1 => Err(Error::OneValue { layer: step.name, samples, batch }),
        _ => Ok(()),
    }
}
