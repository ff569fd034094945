//! RMSprop.

use super::{
    Optimizer, OptimizerState, check_epsilon, check_rates, check_share, for_each_part, gradient_scale, mean_square,
    rounded, scale_text,
};
use crate::arith::Arith;
use crate::cpu::{Cpu, with_flavour};
use crate::environment::in_default_environment;
use crate::error::Error;
use crate::kernel::{Buffer, Isa, Task, Threads, dispatch};
use crate::shaders::{self, Kernel};
use core::marker::PhantomData;

/// RMSprop (Hinton, Coursera lecture 6e), PyTorch's `optim.RMSprop`.
///
/// g ← g + decay · w, v ← α v + (1 - α) g², b ← momentum · b + g / (√v + ε), w ← w - lr · b.
///
/// Where v is beyond binary32, 3.4e38, the next step makes the weight NaN, and training has [diverged](crate::Error::Diverged): by
/// gradients beyond 1.8e19 that last, or at once by one of 2e20 with the default α.
#[derive(Debug, Clone)]
pub struct RmsProp {
    learning_rate: f64,
    alpha: f64,
    epsilon: f64,
    momentum: f64,
    weight_decay: f64,
    square: Buffer<f32>,
    velocity: Buffer<f32>,
}

impl RmsProp {
    /// α = 0.99, ε = 1e-8, no momentum, no weight decay.
    pub fn new(learning_rate: f64) -> Self {
        RmsProp {
            learning_rate,
            alpha: 0.99,
            epsilon: 1e-8,
            momentum: 0.0,
            weight_decay: 0.0,
            square: Buffer::zeroed(0),
            velocity: Buffer::zeroed(0),
        }
    }

    /// The share of the running mean square that is kept from step to step.
    #[must_use]
    pub fn alpha(self, alpha: f64) -> Self {
        RmsProp { alpha, ..self }
    }

    /// What is added to the root of the mean square: at least 1e-21.
    ///
    /// Where it is below 9.4e-10, the mean square is that of gradients times a power of two, so that no gradient is too small to
    /// have one. The greatest that binary32 holds the mean square of then is smaller by that power: 1.8e19 becomes about
    /// 1e10 · epsilon / 1e-18.
    #[must_use]
    pub fn epsilon(self, epsilon: f64) -> Self {
        RmsProp { epsilon, ..self }
    }

    /// The share of the last step's direction that is kept.
    #[must_use]
    pub fn momentum(self, momentum: f64) -> Self {
        RmsProp { momentum, ..self }
    }

    /// The pull of the weights towards 0.
    #[must_use]
    pub fn weight_decay(self, weight_decay: f64) -> Self {
        RmsProp { weight_decay, ..self }
    }
}

impl Optimizer for RmsProp {
    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn check(&self) -> Result<(), Error> {
        check_rates(self.learning_rate, self.weight_decay)?;
        check_share("alpha", self.alpha)?;
        check_share("momentum", self.momentum)?;
        check_epsilon(self.epsilon)
    }

    fn settings(&self) -> String {
        let RmsProp { learning_rate, alpha, epsilon, momentum, weight_decay, .. } = self;
        format!(
            "RmsProp {{ learning_rate: {learning_rate:?}, alpha: {alpha:?}, epsilon: {epsilon:?}, momentum: {momentum:?}, weight_decay: \
             {weight_decay:?} }}{}",
            scale_text(*epsilon)
        )
    }

    fn state(&mut self, len: usize) -> OptimizerState<'_> {
        self.square.resize(len);
        self.velocity.resize(len);
        let tensors: Vec<(_, &mut [f32])> = vec![("square", &mut self.square), ("velocity", &mut self.velocity)];
        OptimizerState { tensors, scalars: Vec::new() }
    }

    fn scalars(&mut self, learning_rate: f64) -> [f32; 8] {
        let scale = gradient_scale(self.epsilon);
        rounded([learning_rate, 1.0 - self.alpha, scale * self.epsilon, self.momentum, self.weight_decay, scale])
    }

    fn shader(&self) -> &'static Kernel {
        &shaders::RMSPROP
    }

    fn step(&mut self, cpu: &Cpu, learning_rate: f64, weights: &mut [f32], gradients: &[f32]) {
        in_default_environment(|| {
            let [rate, gain, epsilon, momentum, decay, scale, ..] = self.scalars(learning_rate);
            let scalars = Scalars { rate, gain, epsilon, momentum, decay, scale };
            let states = [&mut self.square, &mut self.velocity];
            with_flavour!(cpu.flavour, update(&cpu.threads, scalars, weights, gradients, states));
        });
    }
}

/// The numbers of one step.
#[derive(Debug, Clone, Copy)]
struct Scalars {
    rate: f32,
    /// 1 - α.
    gain: f32,
    /// ε times `scale`.
    epsilon: f32,
    momentum: f32,
    decay: f32,
    /// What the gradient is multiplied by: see [`gradient_scale`].
    scale: f32,
}

fn update<A: Arith<T = f32>>(
    threads: &Threads,
    scalars: Scalars,
    weights: &mut [f32],
    gradients: &[f32],
    states: [&mut Buffer<f32>; 2],
) {
    for_each_part(threads, weights, gradients, states, |weights, gradients, [square, velocity]| {
        dispatch(Update::<A> { scalars, weights, gradients, square, velocity, arith: PhantomData });
    });
}

struct Update<'a, A> {
    scalars: Scalars,
    weights: &'a mut [f32],
    gradients: &'a [f32],
    square: &'a mut [f32],
    velocity: &'a mut [f32],
    arith: PhantomData<A>,
}

impl<A: Arith<T = f32>> Task<A> for Update<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let s = self.scalars;
        let states = self.square.iter_mut().zip(self.velocity.iter_mut());
        for ((w, &g), (v, b)) in self.weights.iter_mut().zip(self.gradients).zip(states) {
            let g = A::mul_add(s.decay, *w, g) * s.scale;
            *v = mean_square::<A>(s.gain, g, *v);
            let direction = g * A::recip(A::sqrt(*v) + s.epsilon);
            *b = A::snap(A::mul_add(s.momentum, *b, direction));
            *w = A::snap(A::mul_add(-s.rate, *b, *w));
        }
    }
}
