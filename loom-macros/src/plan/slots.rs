//! Places for activations and gradients: those that are never alive at the same time share memory.

use super::model::{NOWHERE, Op, Place, Slot, padded};
use super::unroll::Unrolled;

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

/// The offset of every activation and gradient.
pub(super) struct Layout {
    values: Vec<usize>,
    train: (Vec<usize>, usize),
    infer: (Vec<usize>, usize),
    grad: (Vec<usize>, usize),
}

impl Layout {
    pub(super) fn slot(&self, place: Place) -> Slot {
        if place == NOWHERE {
            return Slot::default();
        }
        Slot {
            len: self.values[place.value],
            train: self.train.0[place.value],
            infer: self.infer.0[place.value],
            grad: self.grad.0.get(place.grad).copied().unwrap_or_default(),
        }
    }

    pub(super) fn train_len(&self) -> usize {
        self.train.1
    }

    pub(super) fn infer_len(&self) -> usize {
        self.infer.1
    }

    pub(super) fn grad_len(&self) -> usize {
        self.grad.1
    }
}

pub(super) fn assign(list: &Unrolled<'_>) -> Layout {
    let all = vec![Life { first: 0, last: list.steps.len() + 1 }; list.values.len()];
    Layout {
        values: list.values.clone(),
        train: first_fit(&list.values, &all),
        infer: first_fit(&list.values, &forward_lives(list)),
        grad: first_fit(&list.grads, &backward_lives(list)),
    }
}

/// When each activation is needed in inference: the input is written at 0, and step i runs at i + 1.
fn forward_lives(list: &Unrolled<'_>) -> Vec<Life> {
    let mut lives = vec![Life::at(0); list.values.len()];
    for (i, step) in list.steps.iter().enumerate() {
        let now = i + 1;
        // A fork computes nothing: its output is its input.
        if !matches!(step.op, Op::Fork(..)) {
            lives[step.output.value] = Life::at(now);
            lives[step.input.value].last = now;
        }
        if matches!(step.op, Op::Join(..)) {
            lives[step.skip.value].last = now;
        }
        if step.work != NOWHERE {
            lives[step.work.value] = Life::at(now);
        }
    }
    lives[list.output.value].last = list.steps.len() + 1;
    lives
}

/// When each gradient is needed: the loss writes the output's at 0, and the steps run last to first, the last one at 1.
fn backward_lives(list: &Unrolled<'_>) -> Vec<Life> {
    let mut lives = vec![Life::at(0); list.grads.len()];
    for (i, step) in list.steps.iter().enumerate().rev() {
        let now = list.steps.len() - i;
        lives[step.output.grad].last = now;
        lives[step.input.grad] = Life::at(now);
        if matches!(step.op, Op::Fork(..)) {
            lives[step.skip.grad].last = now;
        }
    }
    lives[list.input.grad].last = list.steps.len() + 1;
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
