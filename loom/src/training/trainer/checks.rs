//! What a network asks of data, before the first step.

use crate::data::Source;
use crate::error::Error;
use crate::layers::Layer;
use crate::plan::Plan;
use core::ops::Range;
use loom_ir::facts::{Input, Kind, Output};

/// A part of a sample that is tokens, and the size of their vocabulary.
struct Tokens {
    values: Range<usize>,
    vocabulary: usize,
}

/// The parts of the network's input that layers look up. Layers in front that pass values on, such as `Flatten`, do not matter.
fn tokens(plan: &Plan) -> Vec<Tokens> {
    // The part of the input that a value consists of, and whether it is all of that part in order.
    let mut of: Vec<Option<(Range<usize>, bool)>> = vec![None; plan.values.len()];
    of[plan.input_value] = Some((0..plan.input_slot().len, true));
    let mut all = Vec::new();
    for step in plan.steps {
        let facts = step.layer.facts();
        let parts: Option<Vec<_>> = step.operands.iter().map(|operand| of[operand.value].clone()).collect();
        let (values, is_in_order) = match parts.as_deref() {
            None | Some([]) => continue,
            Some([part]) => part.clone(),
            Some(parts) => {
                let ends = |(values, _): &(Range<usize>, bool)| [values.start, values.end];
                let start = parts.iter().map(|part| ends(part)[0]).min();
                let end = parts.iter().map(|part| ends(part)[1]).max();
                (start.unwrap_or(0)..end.unwrap_or(0), false)
            }
        };
        if facts.output == Output::Kept {
            of[step.output] = Some(match step.layer {
                Layer::Slice(slice) if is_in_order && slice.rows == 1 => {
                    let start = values.start + slice.start;
                    (start..start + slice.count, true)
                }
                _ => (values.clone(), false),
            });
        }
        if let Input::Tokens(vocabulary) = facts.input {
            all.push(Tokens { values, vocabulary });
        }
    }
    all
}

/// Checks that each input value is a token where the network looks it up.
pub(super) fn check_tokens(plan: &Plan, data: &dyn Source) -> Result<(), Error> {
    let tokens = tokens(plan);
    let mut values = vec![0.0; plan.input_slot().len];
    for sample in 0..if tokens.is_empty() { 0 } else { data.samples() } {
        data.gather_inputs(&[sample as u32], &mut values);
        for &Tokens { values: Range { start, end }, vocabulary } in &tokens {
            // Exact: the vocabulary is at most 2^24.
            let is_token = |x: &f32| x.fract() == 0.0 && (0.0..vocabulary as f32).contains(x);
            if let Some(index) = values[start..end].iter().position(|x| !is_token(x)) {
                let index = start + index;
                return Err(Error::Token { sample, index, value: values[index], vocabulary });
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
