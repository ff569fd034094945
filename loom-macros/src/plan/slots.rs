//! Places for activations and gradients: those that are never alive at the same time share memory.

use std::cmp::Reverse;

use loom_ir::facts::Kind;

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

/// Gives every value its place, and every operand that needs one the place of its addend.
pub(super) fn assign(list: &mut List<'_>) {
    let lens: Vec<usize> = list.values.iter().map(|value| value.len).collect();
    let mut lives = forward_lives(list);
    let (infer, infer_len) = first_fit(&lens, &lives);
    save(list, &mut lives);
    let (train, train_len) = first_fit(&lens, &lives);
    let gradients = Gradients::of(list);
    let (places, grad_len) = first_fit(&gradients.lens, &gradients.lives);
    for (i, value) in list.values.iter_mut().enumerate() {
        (value.train, value.infer) = (train[i], infer[i]);
        value.grad = gradients.of_values[i].map_or(0, |block| places[block]);
    }
    let mut addends = gradients.addends.iter();
    for operand in list.steps.iter_mut().rev().flat_map(|step| &mut step.operands) {
        operand.addend = addends.next().copied().flatten().map(|block| places[block]);
    }
    list.lens = [train_len, infer_len, grad_len];
}

/// When each activation is needed in inference: the input is written at 0, and step i runs at i + 1.
fn forward_lives(list: &List<'_>) -> Vec<Life> {
    let mut lives = vec![Life::at(0); list.values.len()];
    for (i, step) in list.steps.iter().enumerate() {
        let now = i + 1;
        step.operands.iter().for_each(|operand| lives[operand.value].last = now);
        [Some(step.output), step.work].into_iter().flatten().for_each(|value| lives[value] = Life::at(now));
    }
    lives[list.last].last = list.steps.len() + 1;
    lives
}

/// Lets the values live on that backward reads.
fn save(list: &List<'_>, lives: &mut [Life]) {
    let end = list.steps.len() + 1;
    for step in &list.steps {
        let saved = step.layer.facts().saved;
        let inputs = step.operands.iter().map(|operand| operand.value).filter(|_| saved.inputs);
        let output = Some(step.output).filter(|_| saved.output);
        inputs.chain(output).chain(step.work).for_each(|value| lives[value].last = end);
    }
}

/// Places that gradients of activations need, and when: the loss writes the output's at 0, and the steps run last to first, the last one
/// at 1.
#[derive(Default)]
struct Gradients {
    lens: Vec<usize>,
    lives: Vec<Life>,
    /// The place of each value's gradient; none of what has no gradient.
    of_values: Vec<Option<usize>>,
    /// The place of each operand's addend, from the last step to the first.
    addends: Vec<Option<usize>>,
}

impl Gradients {
    fn of(list: &List<'_>) -> Self {
        let mut gradients = Gradients { of_values: vec![None; list.values.len()], ..Gradients::default() };
        gradients.of_values[list.last] = Some(gradients.block(list.values[list.last].len, 0));
        for (now, step) in (1..).zip(list.steps.iter().rev()) {
            let output = gradients.of_values[step.output].expect("each value is read, or is the output");
            gradients.lives[output].last = now;
            let passes = step.layer.facts().kind == Kind::Sum;
            let mut is_passed = false;
            for operand in &step.operands {
                let (value, len) = (operand.value, list.values[operand.value].len);
                let is_alone = step.operands.iter().filter(|other| other.value == value).count() == 1;
                let (own, addend) = match gradients.of_values[value] {
                    // Only one value can have the place of the output's gradient for its own.
                    None if passes && is_alone && !is_passed => {
                        is_passed = true;
                        (output, None)
                    }
                    None => (gradients.block(len, now), None),
                    Some(own) if passes && own != output => (own, Some(output)),
                    Some(own) => (own, Some(gradients.block(len, now))),
                };
                gradients.of_values[value] = Some(own);
                gradients.lives[own].last = now;
                gradients.addends.push(addend);
            }
        }
        if let Some(input) = gradients.of_values[0] {
            gradients.lives[input].last = list.steps.len() + 1;
        }
        gradients
    }

    /// A new place, written at a time.
    fn block(&mut self, len: usize, now: usize) -> usize {
        self.lens.push(len);
        self.lives.push(Life::at(now));
        self.lens.len() - 1
    }
}

/// Pairs of blocks that are compared at most in search of a better order.
const PAIRS: usize = 4_000_000;

/// Gives each block an offset at which no other block lies that is alive at the same time. Returns the offsets and the total length.
///
/// No order of placing them is always the best. Where the order of birth takes more than what is alive at a time, others are tried: the
/// block that ends highest is placed earlier the next time.
fn first_fit(lens: &[usize], lives: &[Life]) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..lens.len()).collect();
    order.sort_by_key(|block| lives[*block].first);
    let (mut best, least) = (place(&order, true, lens, lives), widest(lens, lives));
    order.sort_by_key(|block| Reverse(lens[*block] * (lives[*block].last - lives[*block].first + 1)));
    for _ in 0..PAIRS / lens.len().pow(2).max(1) {
        if best.1 == least {
            break;
        }
        let found = place(&order, false, lens, lives);
        let end = |block: usize| found.0[block] + padded(lens[block]);
        let highest = (0..order.len()).max_by_key(|&at| (end(order[at]), at));
        if let Some(at) = highest {
            order[at / 2..=at].rotate_right(1);
        }
        if found.1 < best.1 {
            best = found;
        }
    }
    best
}

/// The most that is alive at a time, for which there is memory at least.
fn widest(lens: &[usize], lives: &[Life]) -> usize {
    let end = lives.iter().map(|life| life.last + 2).max().unwrap_or(0);
    let mut changes = vec![[0; 2]; end];
    for (&len, life) in lens.iter().zip(lives) {
        changes[life.first][0] += padded(len);
        changes[life.last + 1][1] += padded(len);
    }
    let (mut alive, mut most) = (0, 0);
    for [born, ended] in changes {
        alive = alive + born - ended;
        most = most.max(alive);
    }
    most
}

/// Gives each block in turn the lowest offset at which no block alive at the same time lies.
fn place(order: &[usize], is_by_birth: bool, lens: &[usize], lives: &[Life]) -> (Vec<usize>, usize) {
    let (mut offsets, mut total) = (vec![0; lens.len()], 0);
    let mut placed: Vec<usize> = Vec::new();
    for &block in order {
        let len = padded(lens[block]);
        if is_by_birth {
            // A block that ended before this one begins meets no later block either.
            placed.retain(|other| lives[*other].last >= lives[block].first);
        }
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
