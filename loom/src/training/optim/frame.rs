//! What Loom's own optimizers share: buffers of state, steps on the CPU, and the kernel of a GPU.

use super::OptimizerState;
use crate::error::Error;
use crate::kernels::{Buffer, Parts, Threads, VECTOR, run_kernel};
use crate::numerics::arith::{Arith, Fused, Split};
use crate::numerics::environment::in_default_environment;
use crate::run::cpu::{Cpu, FmaMode};
use crate::shaders::Kernel;
use core::fmt::Debug;

/// Multiply-adds that one weight costs, for the choice of threads.
const COST: usize = 20;

/// What distinguishes one optimizer from another: its settings, and its step, from so many buffers of state.
pub(super) trait Rule<const STATES: usize>: Clone + Debug + Send {
    /// The names of the states in checkpoints.
    const STATES: [&'static str; STATES];
    const KERNEL: &'static Kernel;

    fn learning_rate(&self) -> f64;
    fn check(&self) -> Result<(), Error>;
    fn settings(&self) -> String;

    /// The numbers that change from step to step, each with its name in checkpoints.
    fn numbers(&mut self) -> Vec<(&'static str, &mut f64)> {
        Vec::new()
    }

    /// Sets those numbers to what they are before the first step.
    fn restart(&mut self) {}

    /// The numbers of the next step.
    fn scalars(&mut self, learning_rate: f64) -> [f32; 8];

    /// Moves weights. Implementations are `#[inline(always)]`, since a [`Task`] calls them.
    fn step<A: Arith<T = f32>>(scalars: [f32; 8], weights: &mut [f32], gradients: &[f32], states: [&mut [f32]; STATES]);
}

/// An optimizer with its state.
#[derive(Debug, Clone)]
pub(super) struct Frame<R, const STATES: usize> {
    pub(super) rule: R,
    states: [Buffer<f32>; STATES],
}

impl<R: Rule<STATES>, const STATES: usize> Frame<R, STATES> {
    pub(super) fn new(rule: R) -> Self {
        Frame { rule, states: core::array::from_fn(|_| Buffer::zeroed(0)) }
    }

    /// Begins anew for weights of another length.
    fn fit(&mut self, len: usize) {
        let mut is_new = false;
        for state in &mut self.states {
            is_new |= state.resize(len);
        }
        if is_new {
            self.rule.restart();
        }
    }

    pub(super) fn state(&mut self, len: usize) -> OptimizerState<'_> {
        self.fit(len);
        let states = self.states.iter_mut().map(|state| &mut **state);
        OptimizerState { tensors: R::STATES.into_iter().zip(states).collect(), scalars: self.rule.numbers() }
    }

    pub(super) fn kernel(&self) -> &'static Kernel {
        R::KERNEL
    }

    pub(super) fn step(&mut self, cpu: &Cpu, learning_rate: f64, weights: &mut [f32], gradients: &[f32]) {
        in_default_environment(|| {
            self.fit(weights.len());
            let scalars = self.rule.scalars(learning_rate);
            let step = match cpu.fma_mode {
                FmaMode::Fused => step::<R, Fused, STATES>,
                FmaMode::Split => step::<R, Split, STATES>,
            };
            step(&cpu.threads, scalars, weights, gradients, &mut self.states);
        });
    }
}

/// A step, by all threads.
fn step<R: Rule<STATES>, A: Arith<T = f32>, const STATES: usize>(
    threads: &Threads,
    scalars: [f32; 8],
    weights: &mut [f32],
    gradients: &[f32],
    states: &mut [Buffer<f32>; STATES],
) {
    let len = weights.len();
    assert_eq!(gradients.len(), len, "weights and gradients are laid out alike");
    let states = states.each_mut().map(|state| {
        assert_eq!(state.len(), len, "weights and states are laid out alike");
        Parts::new(state.as_mut_ptr())
    });
    threads.split_mut(weights, VECTOR, VECTOR * COST, |first, weights| {
        let range = first * VECTOR..first * VECTOR + weights.len();
        // SAFETY: `split_mut` hands out disjoint parts of `weights`, and every state is as long, so the same ranges of each
        // state are disjoint and inside it; the states stay borrowed until `split_mut` returns.
        let states = states
            .each_ref()
            .map(|state| unsafe { core::slice::from_raw_parts_mut(state.at(range.start), range.len()) });
        let gradients = &gradients[range];
        run_kernel!(A, move || R::step::<A>(scalars, weights, gradients, states));
    });
}

/// Implements [`Optimizer`](super::Optimizer) for a type whose only field is a [`Frame`]: its [`Rule`] says the rest.
macro_rules! optimizer {
    ($name:ident) => {
        impl $crate::optim::Optimizer for $name {
            fn learning_rate(&self) -> f64 {
                self.0.rule.learning_rate()
            }

            fn check(&self) -> Result<(), $crate::Error> {
                self.0.rule.check()
            }

            fn settings(&self) -> String {
                self.0.rule.settings()
            }

            fn state(&mut self, len: usize) -> $crate::optim::OptimizerState<'_> {
                self.0.state(len)
            }

            fn scalars(&mut self, learning_rate: f64) -> [f32; 8] {
                self.0.rule.scalars(learning_rate)
            }

            fn shader(&self) -> Option<&'static $crate::shaders::Kernel> {
                Some(self.0.kernel())
            }

            fn step(&mut self, cpu: &$crate::Cpu, learning_rate: f64, weights: &mut [f32], gradients: &[f32]) {
                self.0.step(cpu, learning_rate, weights, gradients);
            }
        }
    };
}
pub(super) use optimizer;
