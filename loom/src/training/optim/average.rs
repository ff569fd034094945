//! Running means, as `BatchNorm2d` keeps them.

use crate::numerics::arith::Arith;
use crate::run::cpu::{Cpu, with_flavour};

/// The share of a batch in a running mean: PyTorch's default `momentum` of normalisation over batches.
pub(crate) const MOMENTUM: f32 = 0.1;

/// Moves running means by what a batch had: r ← r + 0.1 (x - r).
pub(crate) fn average(cpu: &Cpu, running: &mut [f32], batch: &[f32]) {
    with_flavour!(cpu.flavour, move_towards(running, batch));
}

fn move_towards<A: Arith<T = f32>>(running: &mut [f32], batch: &[f32]) {
    for (running, &x) in running.iter_mut().zip(batch) {
        *running = A::snap(A::mul_add(MOMENTUM, x - *running, *running));
    }
}
