//! What a network asks of data, before the first step.

use crate::data::Source;
use crate::error::Error;
use crate::plan::Plan;
use loom_ir::facts::{Input, Kind, Output};

/// Checks that each input value is a token, if the network looks tokens up. Layers in front that pass values on, such as `Flatten`, do not
/// matter.
pub(super) fn check_tokens(plan: &Plan, data: &dyn Source) -> Result<(), Error> {
    let mut facts = plan.steps.iter().map(|step| step.layer.facts());
    let first = facts.find(|facts| facts.output != Output::Kept);
    let Some(Input::Tokens(vocabulary)) = first.map(|facts| facts.input) else { return Ok(()) };
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
