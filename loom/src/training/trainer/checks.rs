//! What a network asks of data, before the first step.

use crate::data::Source;
use crate::error::Error;
use crate::plan::Plan;
use crate::plan::tokens::tokens;
use loom_ir::facts::Kind;

/// Checks that each input value is a token where the network looks it up.
pub(super) fn check_tokens(plan: &Plan, data: &dyn Source) -> Result<(), Error> {
    let tokens = tokens(plan);
    let mut values = vec![0.0; plan.input_slot().len];
    for sample in 0..if tokens.is_empty() { 0 } else { data.samples() } {
        data.gather_inputs(&[sample as u32], &mut values);
        for token in &tokens {
            if let Some(&index) = token.values.iter().find(|&&index| !token.is_one(values[index])) {
                return Err(Error::Token { sample, index, value: values[index], vocabulary: token.vocabulary });
            }
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
