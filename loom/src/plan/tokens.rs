//! The values of a sample that are numbers of tokens, or indices.

use super::Plan;
use loom_ir::Layer;
use loom_ir::facts::{Input, Output};
use loom_ir::layers::Slice;

/// The values of a sample that are tokens, and the size of their vocabulary.
pub(crate) struct Tokens {
    pub(crate) values: Vec<usize>,
    pub(crate) vocabulary: usize,
}

impl Tokens {
    /// Whether a value is the number of a token. Exact: the vocabulary is at most 2^24.
    pub(crate) fn is_one(&self, x: f32) -> bool {
        x.fract() == 0.0 && (0.0..self.vocabulary as f32).contains(&x)
    }
}

/// The values of a plan's input that layers look up. Layers in front that pass values on, such as `Flatten`, do not matter.
pub(crate) fn tokens(plan: &Plan) -> Vec<Tokens> {
    // A loss asks in every step.
    if !plan.steps.iter().any(|step| matches!(step.layer.facts().input, Input::Tokens(_))) {
        return Vec::new();
    }
    // The values of the input that a value consists of, and whether they are in its order.
    let mut of: Vec<Option<(Vec<usize>, bool)>> = vec![None; plan.values.len()];
    of[plan.input_value] = Some(((0..plan.input_slot().len).collect(), true));
    let mut all = Vec::new();
    for step in plan.steps {
        let Some((values, is_in_order)) = step.operands.last().and_then(|last| of[last.value].clone()) else {
            continue;
        };
        let facts = step.layer.facts();
        if facts.output == Output::Kept {
            of[step.output] = Some(match step.layer {
                Layer::Slice(Slice { len, start, count, .. }) if is_in_order => {
                    let rows = values.chunks_exact(len);
                    (rows.flat_map(|row| &row[start..start + count]).copied().collect(), true)
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
