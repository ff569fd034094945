//! Adam and AdamW.

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

/// Adam (Kingma and Ba, arXiv:1412.6980), PyTorch's `optim.Adam`.
///
/// m ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) g², w ← w - lr · m̂ / (√v̂ + ε), where m̂ and v̂ are m and v divided by
/// 1 - βᵗ. Weight decay adds decay · w to the gradient g.
///
/// Where v is beyond binary32, 3.4e38, the next step makes the weight NaN, and training has [diverged](crate::Error::Diverged): by
/// gradients beyond 1.8e19 that last, or at once by one of 6e20 with the default β₂.
#[derive(Debug, Clone)]
pub struct Adam {
    settings: Settings,
    state: State,
}

/// Adam with decoupled weight decay (Loshchilov and Hutter, arXiv:1711.05101), PyTorch's `optim.AdamW`.
///
/// As [`Adam`], but weight decay shrinks the weights by lr · decay before the step; 0.01 unless chosen.
#[derive(Debug, Clone)]
pub struct AdamW {
    settings: Settings,
    state: State,
}

#[derive(Debug, Clone, Copy)]
struct Settings {
    learning_rate: f64,
    betas: [f64; 2],
    epsilon: f64,
    weight_decay: f64,
}

#[derive(Debug, Clone)]
struct State {
    /// β₁ᵗ and β₂ᵗ after t steps.
    powers: [f64; 2],
    mean: Buffer<f32>,
    square: Buffer<f32>,
}

impl Settings {
    fn new(learning_rate: f64, weight_decay: f64) -> Self {
        Settings { learning_rate, betas: [0.9, 0.999], epsilon: 1e-8, weight_decay }
    }

    fn check(&self) -> Result<(), Error> {
        check_rates(self.learning_rate, self.weight_decay)?;
        check_share("beta1", self.betas[0])?;
        check_share("beta2", self.betas[1])?;
        check_epsilon(self.epsilon)
    }
}

impl State {
    fn new() -> Self {
        State { powers: [1.0; 2], mean: Buffer::zeroed(0), square: Buffer::zeroed(0) }
    }

    /// Begins anew for weights of another length.
    fn fit(&mut self, len: usize) {
        if self.mean.resize(len) | self.square.resize(len) {
            self.powers = [1.0; 2];
        }
    }

    /// The numbers of the next step, in the order of [`Scalars`].
    fn scalars(&mut self, settings: &Settings, decay: Decay, learning_rate: f64) -> [f32; 8] {
        for (power, beta) in self.powers.iter_mut().zip(settings.betas) {
            *power *= beta;
            // 1 - power is 1 long before; but products of subnormal numbers take many times as long as others.
            if power.is_subnormal() {
                *power = 0.0;
            }
        }
        let [correction1, correction2] = self.powers.map(|power| 1.0 - power);
        let [gain1, gain2] = settings.betas.map(|beta| 1.0 - beta);
        let (keep, decay) = match decay {
            Decay::Decoupled => (1.0 - learning_rate * settings.weight_decay, 0.0),
            Decay::Gradient => (1.0, settings.weight_decay),
        };
        let (rate, root_scale) = (learning_rate / correction1, 1.0 / libm::sqrt(correction2));
        let scale = gradient_scale(settings.epsilon);
        rounded([rate, gain1, gain2, root_scale, scale * settings.epsilon, keep, decay, scale])
    }
}

/// How weight decay enters.
#[derive(Debug, Clone, Copy)]
enum Decay {
    Gradient,
    Decoupled,
}

/// The numbers of one step.
#[derive(Debug, Clone, Copy)]
struct Scalars {
    /// lr / (1 - β₁ᵗ).
    rate: f32,
    /// 1 - β₁.
    gain1: f32,
    /// 1 - β₂.
    gain2: f32,
    /// 1 / √(1 - β₂ᵗ).
    root_scale: f32,
    /// ε times `scale`.
    epsilon: f32,
    /// What the weights are multiplied by first.
    keep: f32,
    /// Share of the weight that is added to its gradient.
    decay: f32,
    /// What the gradient is multiplied by then: see [`gradient_scale`].
    scale: f32,
}

fn update<A: Arith<T = f32>>(
    threads: &Threads,
    scalars: Scalars,
    weights: &mut [f32],
    gradients: &[f32],
    states: [&mut Buffer<f32>; 2],
) {
    for_each_part(threads, weights, gradients, states, |weights, gradients, [mean, square]| {
        dispatch(Update::<A> { scalars, weights, gradients, mean, square, arith: PhantomData });
    });
}

struct Update<'a, A> {
    scalars: Scalars,
    weights: &'a mut [f32],
    gradients: &'a [f32],
    mean: &'a mut [f32],
    square: &'a mut [f32],
    arith: PhantomData<A>,
}

impl<A: Arith<T = f32>> Task<A> for Update<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let s = self.scalars;
        let states = self.mean.iter_mut().zip(self.square.iter_mut());
        for ((w, &g), (m, v)) in self.weights.iter_mut().zip(self.gradients).zip(states) {
            let g = A::mul_add(s.decay, *w, g) * s.scale;
            *m = A::snap(A::mul_add(s.gain1, g - *m, *m));
            *v = mean_square::<A>(s.gain2, g, *v);
            let root = A::mul_add(A::sqrt(*v), s.root_scale, s.epsilon);
            *w = A::snap(A::mul_add(-s.rate, *m * A::recip(root), *w * s.keep));
        }
    }
}

macro_rules! adam {
    ($name:ident, $decay:expr, $default_decay:expr) => {
        impl $name {
            /// β = (0.9, 0.999), ε = 1e-8 and PyTorch's default weight decay.
            pub fn new(learning_rate: f64) -> Self {
                $name { settings: Settings::new(learning_rate, $default_decay), state: State::new() }
            }

            /// The shares of the running mean and of the running mean square that are kept from step to step.
            #[must_use]
            pub fn betas(mut self, beta1: f64, beta2: f64) -> Self {
                self.settings.betas = [beta1, beta2];
                self
            }

            /// What is added to the root of the mean square: at least 1e-21.
            ///
            /// Where it is below 9.4e-10, the moments are those of gradients times a power of two, so that no gradient is too
            /// small to have a mean square. The greatest that binary32 holds the mean square of then is smaller by that
            /// power: 1.8e19 becomes about 1e10 · epsilon / 1e-18.
            #[must_use]
            pub fn epsilon(mut self, epsilon: f64) -> Self {
                self.settings.epsilon = epsilon;
                self
            }

            /// The pull of the weights towards 0.
            #[must_use]
            pub fn weight_decay(mut self, decay: f64) -> Self {
                self.settings.weight_decay = decay;
                self
            }
        }

        impl Optimizer for $name {
            fn learning_rate(&self) -> f64 {
                self.settings.learning_rate
            }

            fn check(&self) -> Result<(), Error> {
                self.settings.check()
            }

            fn settings(&self) -> String {
                format!("{} {:?}{}", stringify!($name), self.settings, scale_text(self.settings.epsilon))
            }

            fn state(&mut self, len: usize) -> OptimizerState<'_> {
                self.state.fit(len);
                let State { powers: [power1, power2], mean, square } = &mut self.state;
                OptimizerState {
                    tensors: vec![("mean", mean), ("square", square)],
                    scalars: vec![("beta1_power", power1), ("beta2_power", power2)],
                }
            }

            fn scalars(&mut self, learning_rate: f64) -> [f32; 8] {
                self.state.scalars(&self.settings, $decay, learning_rate)
            }

            fn shader(&self) -> &'static Kernel {
                &shaders::ADAM
            }

            fn step(&mut self, cpu: &Cpu, learning_rate: f64, weights: &mut [f32], gradients: &[f32]) {
                in_default_environment(|| {
                    self.state.fit(weights.len());
                    let [rate, gain1, gain2, root_scale, epsilon, keep, decay, scale] = self.scalars(learning_rate);
                    let scalars = Scalars { rate, gain1, gain2, root_scale, epsilon, keep, decay, scale };
                    let states = [&mut self.state.mean, &mut self.state.square];
                    with_flavour!(cpu.flavour, update(&cpu.threads, scalars, weights, gradients, states));
                });
            }
        }
    };
}
adam!(Adam, Decay::Gradient, 0.0);
adam!(AdamW, Decay::Decoupled, 0.01);
