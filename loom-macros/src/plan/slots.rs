//! Places for activations and gradients: those that are never alive at the same time share memory.

use loom_ir::facts::Kind;
use loom_ir::plan::Slot;

use super::model::{List, padded};

/// The time from the first write to the last read, both inclusive, in steps.
#[derive(Clone, Copy)]
struct Life {
    first: usize,
    last: usize,
}

impl Life {
    fn at(time: usize) -> Self {
        Self { first: time, last: time }
    }

    fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// The place of every value, and the lengths of the activations in training and in inference, and of the gradients.
pub(super) fn assign(list: &List<'_>) -> (Vec<Slot>, [usize; 3]) {
    let all = vec![Life { first: 0, last: list.steps.len() + 1 }; list.activations.len()];
    let (train, train_len) = first_fit(&list.activations, &all);
    let (infer, infer_len) = first_fit(&list.activations, &forward_lives(list));
    let (grad, grad_len) = first_fit(&list.grads, &backward_lives(list));
    let slots = list.values.iter().map(|value| Slot {
        len: list.activations[value.activation],
        train: train[value.activation],
        infer: infer[value.activation],
        grad: value.grad.map_or(0, |number| grad[number]),
    });
    (slots.collect(), [train_len, infer_len, grad_len])
}

/// When each activation is needed in inference: the input is written at 0, and step i runs at i + 1.
fn forward_lives(list: &List<'_>) -> Vec<Life> {
    let mut lives = vec![Life::at(0); list.activations.len()];
    let number = |value: usize| list.values[value].activation;
    for (i, step) in list.steps.iter().enumerate() {
        let now = i + 1;
        let kind = step.layer.facts().kind;
        // A fork computes nothing: its output is its input.
        if kind != Kind::Fork {
            lives[number(step.output)] = Life::at(now);
            lives[number(step.input)].last = now;
        }
        if let (Kind::Join, Some(skip)) = (kind, step.skip) {
            lives[number(skip)].last = now;
        }
        if let Some(work) = step.work {
            lives[number(work)] = Life::at(now);
        }
    }
    lives[number(list.last)].last = list.steps.len() + 1;
    lives
}

/// When each gradient is needed: the loss writes the output's at 0, and the steps run last to first, the last one at 1.
fn backward_lives(list: &List<'_>) -> Vec<Life> {
    let mut lives = vec![Life::at(0); list.grads.len()];
    let number = |value: usize| list.values[value].grad.expect("what steps read and write has a gradient");
    for (i, step) in list.steps.iter().enumerate().rev() {
        let now = list.steps.len() - i;
        lives[number(step.output)].last = now;
        lives[number(step.input)] = Life::at(now);
        if let (Kind::Fork, Some(skip)) = (step.layer.facts().kind, step.skip) {
            lives[number(skip)].last = now;
        }
    }
    lives[number(0)].last = list.steps.len() + 1;
    lives
}

/// Gives each block the lowest offset at which no block alive at the same time lies, in the order in which they come to
/// life. Returns the offsets and the total length.
fn first_fit(lens: &[usize], lives: &[Life]) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..lens.len()).collect();
    order.sort_by_key(|block| lives[*block].first);
    let (mut offsets, mut total) = (vec![0; lens.len()], 0);
    let mut placed: Vec<usize> = Vec::new();
    for block in order {
        let len = padded(lens[block]);
        // Blocks come by their start, so one that ended before this start meets no later block either.
        placed.retain(|other| lives[*other].last >= lives[block].first);
        let mut neighbours: Vec<_> = placed
            .iter()
            .filter(|other| lives[**other].overlaps(lives[block]))
            .map(|other| (offsets[*other], offsets[*other] + padded(lens[*other])))
            .collect();
        neighbours.sort_unstable();
        let mut offset = 0;
        for (start, end) in neighbours {
            if offset + len <= start {
                break;
            }
            offset = offset.max(end);
        }
        offsets[block] = offset;
        total = total.max(offset + len);
        placed.push(block);
    }
    (offsets, total)
}
