//! Stochastic gradient descent, with momentum.

use super::{Optimizer, OptimizerState, check_rates, check_share, for_each_part, rounded};
use crate::arith::Arith;
use crate::cpu::{Cpu, with_flavour};
use crate::environment::in_default_environment;
use crate::error::Error;
use crate::kernel::{Buffer, Isa, Task, Threads, dispatch};
use crate::shaders::{self, Kernel};
use core::marker::PhantomData;

/// Stochastic gradient descent, PyTorch's `optim.SGD`.
///
/// g ← g + decay · w, b ← momentum · b + g, w ← w - lr · b; Nesterov's form steps by g + momentum · b instead of b.
#[derive(Debug, Clone)]
pub struct Sgd {
    learning_rate: f64,
    momentum: f64,
    nesterov: bool,
    weight_decay: f64,
    velocity: Buffer<f32>,
}

impl Sgd {
    /// No momentum, no weight decay.
    pub fn new(learning_rate: f64) -> Self {
        Sgd { learning_rate, momentum: 0.0, nesterov: false, weight_decay: 0.0, velocity: Buffer::zeroed(0) }
    }

    /// The share of the last step's direction that is kept.
    #[must_use]
    pub fn momentum(self, momentum: f64) -> Self {
        Sgd { momentum, ..self }
    }

    /// Nesterov's momentum of the given share (Sutskever et al., ICML 2013).
    #[must_use]
    pub fn nesterov(self, momentum: f64) -> Self {
        Sgd { momentum, nesterov: true, ..self }
    }

    /// The pull of the weights towards 0.
    #[must_use]
    pub fn weight_decay(self, weight_decay: f64) -> Self {
        Sgd { weight_decay, ..self }
    }
}

impl Optimizer for Sgd {
    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn check(&self) -> Result<(), Error> {
        check_rates(self.learning_rate, self.weight_decay)?;
        check_share("momentum", self.momentum)
    }

    fn settings(&self) -> String {
        let Sgd { learning_rate, momentum, nesterov, weight_decay, .. } = self;
        format!(
            "Sgd {{ learning_rate: {learning_rate:?}, momentum: {momentum:?}, nesterov: {nesterov}, weight_decay: {weight_decay:?} }}"
        )
    }

    fn state(&mut self, len: usize) -> OptimizerState<'_> {
        self.velocity.resize(len);
        OptimizerState { tensors: vec![("velocity", &mut self.velocity)], scalars: Vec::new() }
    }

    fn scalars(&mut self, learning_rate: f64) -> [f32; 8] {
        rounded([learning_rate, self.momentum, self.weight_decay, f64::from(u8::from(self.nesterov))])
    }

    fn shader(&self) -> &'static Kernel {
        &shaders::SGD
    }

    fn step(&mut self, cpu: &Cpu, learning_rate: f64, weights: &mut [f32], gradients: &[f32]) {
        in_default_environment(|| {
            let [rate, momentum, decay, nesterov, ..] = self.scalars(learning_rate);
            let scalars = Scalars { rate, momentum, nesterov: nesterov != 0.0, decay };
            with_flavour!(cpu.flavour, update(&cpu.threads, scalars, weights, gradients, &mut self.velocity));
        });
    }
}

#[derive(Debug, Clone, Copy)]
struct Scalars {
    rate: f32,
    momentum: f32,
    nesterov: bool,
    decay: f32,
}

fn update<A: Arith<T = f32>>(
    threads: &Threads,
    scalars: Scalars,
    weights: &mut [f32],
    gradients: &[f32],
    velocity: &mut Buffer<f32>,
) {
    for_each_part(threads, weights, gradients, [velocity], |weights, gradients, [velocity]| {
        dispatch(Update::<A> { scalars, weights, gradients, velocity, arith: PhantomData });
    });
}

struct Update<'a, A> {
    scalars: Scalars,
    weights: &'a mut [f32],
    gradients: &'a [f32],
    velocity: &'a mut [f32],
    arith: PhantomData<A>,
}

impl<A: Arith<T = f32>> Task<A> for Update<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let s = self.scalars;
        for ((w, &g), b) in self.weights.iter_mut().zip(self.gradients).zip(self.velocity.iter_mut()) {
            let g = A::mul_add(s.decay, *w, g);
            *b = A::snap(A::mul_add(s.momentum, *b, g));
            let direction = if s.nesterov { A::mul_add(s.momentum, *b, g) } else { *b };
            *w = A::snap(A::mul_add(-s.rate, direction, *w));
        }
    }
}
