//! Running means, as `BatchNorm2d` keeps them.

use crate::numerics::arith::Arith;
use crate::plan::Plan;
use crate::run::cpu::{Cpu, with_fma_mode};
use loom_ir::facts::Kind;
use loom_ir::plan::ALIGNMENT;

/// The share of a batch in a running mean: PyTorch's default `momentum` of normalisation over batches.
pub(crate) const MOMENTUM: f32 = 0.1;

/// Running means, which lie one behind the other, and what they move towards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Average {
    /// Where they begin among the weights.
    pub(crate) running: usize,
    /// Where what the batch had begins among the gradients.
    pub(crate) batch: usize,
    pub(crate) len: usize,
    /// Whether a batch of one sample has one value of each, which moves nothing. What backward leaves then is where they were before other
    /// steps moved them.
    pub(crate) skips_one: bool,
}

impl Average {
    /// How a step of training moves the running means of a plan: each towards what each step had that reads it, from the first step to the
    /// last.
    pub(crate) fn all(plan: &Plan) -> Vec<Self> {
        let positions = |kind| if let Kind::BatchStatistics(positions) = kind { positions } else { 1 };
        let steps = plan.steps.iter().map(|step| (step, positions(step.layer.facts().kind)));
        let mut widest = vec![0; plan.params.len()];
        for (step, positions) in steps.clone() {
            step.params.iter().for_each(|&param| widest[param] = positions.max(widest[param]));
        }
        let mut all: Vec<Self> = Vec::new();
        for (step, positions) in steps {
            let most = step.params.iter().map(|&param| widest[param]).max();
            for (param, batch) in step.statistics(plan) {
                let skips_one = positions == 1 && most > Some(1);
                let next = Average { running: param.offset, batch, len: param.len(), skips_one };
                match all.last_mut().filter(|last| last.goes_on_with(&next)) {
                    Some(last) => last.len = next.running + next.len - last.running,
                    None => all.push(next),
                }
            }
        }
        all
    }

    /// Whether others follow these directly, in both places.
    fn goes_on_with(&self, next: &Self) -> bool {
        let len = self.len.next_multiple_of(ALIGNMENT);
        (self.running + len, self.batch + len, self.skips_one) == (next.running, next.batch, next.skips_one)
    }

    /// Moves running means by what a batch had: r ← r + 0.1 (x - r).
    pub(crate) fn apply(&self, cpu: &Cpu, weights: &mut [f32], gradients: &[f32]) {
        let (running, batch) = (&mut weights[self.running..][..self.len], &gradients[self.batch..][..self.len]);
        with_fma_mode!(cpu.fma_mode, move_towards(running, batch));
    }
}

fn move_towards<A: Arith<T = f32>>(running: &mut [f32], batch: &[f32]) {
    for (running, &x) in running.iter_mut().zip(batch) {
        *running = A::flush(A::mul_add(MOMENTUM, x - *running, *running));
    }
}
