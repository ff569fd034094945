//! `SinusoidalPositions` and `LearnedPositions`, which add to each step what says where it is.

use std::rc::Rc;

use loom_ir::layers as ir;

use crate::entry::{Entry, LayerSpec, Part, Shape, Site, product};

pub(super) const SINUSOIDAL_POSITIONS: Entry = entry("SinusoidalPositions", |_| Rc::new(Positions { learned: false }));

pub(super) const LEARNED_POSITIONS: Entry = entry("LearnedPositions", |_| Rc::new(Positions { learned: true }));

const fn entry(name: &'static str, read: fn(&mut crate::entry::Args<'_>) -> Rc<dyn LayerSpec>) -> Entry {
    Entry::new(name, &[], &[], read)
}

struct Positions {
    learned: bool,
}

impl LayerSpec for Positions {
    fn input_hint(&self) -> String {
        "[steps, features]".to_owned()
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        // positions_c1: the input is [steps, features].
        as_steps(input, None, site).map(Vec::from)
    }

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        vec![Part::only(ir::Positions { steps: input[0], features: input[1], learned: self.learned })]
    }
}

/// The dimensions of a sequence `[steps, features]`, with as many features as the layer wants where it says so.
pub(super) fn as_steps(input: &[usize], features: Option<usize>, site: &mut Site<'_>) -> Option<[usize; 2]> {
    if let [steps, features] = *input {
        return Some([steps, features]);
    }
    let call = site.call;
    let (values, last) = (product(input), input.last().copied().unwrap_or(1));
    let wanted = features.unwrap_or(if input.len() > 1 { last } else { 1 });
    let cure = match input {
        [_, _, ..] if !values.is_multiple_of(wanted) => {
            format!("insert `Reshape<{}, {last}> -> Dense<{last}, {wanted}> ->` before it", values / last)
        }
        _ => site.reshaped(&[values.div_ceil(wanted), wanted]),
    };
    let sequence = features.map_or("[steps, features]".to_owned(), |features| format!("[steps, {features}]"));
    site.error(&call.name, format!("`{call}` takes a sequence {sequence}, but {}", site.found()), cure);
    None
}
