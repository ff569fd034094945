//! Optimizers and learning-rate schedules.

mod adam;
mod average;
mod clip;
mod frame;
mod rmsprop;
mod schedule;
mod sgd;

pub use adam::{Adam, AdamW};
pub(crate) use average::Average;
#[cfg(feature = "gpu")]
pub(crate) use average::MOMENTUM;
pub use clip::Clip;
pub(crate) use clip::clip;
pub use rmsprop::RmsProp;
pub use schedule::Schedule;
pub use sgd::Sgd;

use crate::error::{Error, require};
use crate::numerics::arith::Arith;
use crate::run::cpu::Cpu;
use crate::shaders::Kernel;

/// Moves weights against their gradients.
///
/// An optimizer of your own computes a step on the CPU. To train on a GPU too, it has a kernel that computes the same from the same
/// [`scalars`](Optimizer::scalars); [`shaders`](crate::shaders) has the kernels of Loom's own.
///
/// State, such as Adam's moments, is made at the first step, and anew for weights of another length. Weights, gradients and state
/// are flat buffers laid out by [`Plan::params`](crate::plan::Plan::params); padding holds zeros and stays so.
///
/// ```
/// use loom::optim::{Optimizer, OptimizerState};
/// use loom::prelude::*;
/// use loom::Error;
///
/// /// Moves each weight by the learning rate, whatever the size of its gradient.
/// #[derive(Debug, Clone)]
/// struct Signs(f64);
///
/// impl Optimizer for Signs {
///     fn learning_rate(&self) -> f64 {
///         self.0
///     }
///
///     fn check(&self) -> Result<(), Error> {
///         Ok(())
///     }
///
///     fn settings(&self) -> String {
///         format!("{self:?}")
///     }
///
///     fn state(&mut self, _: usize) -> OptimizerState<'_> {
///         OptimizerState { tensors: Vec::new(), scalars: Vec::new() }
///     }
///
///     fn step(&mut self, _: &Cpu, learning_rate: f64, weights: &mut [f32], gradients: &[f32]) {
///         for (weight, d) in weights.iter_mut().zip(gradients) {
///             if *d != 0.0 {
///                 *weight -= learning_rate as f32 * d.signum();
///             }
///         }
///     }
/// }
///
/// let mut net = network![Dense<1, 1>];
/// let data = Dataset::new(vec![[1.0], [2.0]], vec![[3.0], [6.0]])?;
/// Trainer::new(Signs(0.01), Mse).epochs(3).fit(&mut net, &data)?;
/// # Ok::<(), Error>(())
/// ```
pub trait Optimizer: Clone + core::fmt::Debug + Send {
    /// The learning rate that a [`Schedule`] multiplies.
    fn learning_rate(&self) -> f64;

    /// Checks the settings.
    ///
    /// # Errors
    /// [`Error::Setting`] for the first that is outside its range.
    fn check(&self) -> Result<(), Error>;

    /// The optimizer's name and settings, as text: a run is resumed only with the same.
    fn settings(&self) -> String;

    /// All that a step reads and changes beside the weights, for a checkpoint, made for weights of length `len`. A checkpoint
    /// knows the tensors by their names: two of one name, an empty one and `scalars` are [`Error::StateName`].
    fn state(&mut self, len: usize) -> OptimizerState<'_>;

    /// The numbers of the next step, at the given learning rate: what the kernel finds in `call.optimizer`, in its order.
    /// What changes from step to step beside the tensors, such as the powers of Adam's β, moves on. By default the learning rate.
    fn scalars(&mut self, learning_rate: f64) -> [f32; 8] {
        rounded([learning_rate])
    }

    /// The kernel that does as [`step`](Optimizer::step) does, for one weight in each invocation. It sees the weights,
    /// their gradients (`d_weights`), up to two tensors of [`state`](Optimizer::state) in their order (`state0`,
    /// `state1`), `call`, and the number of weights as the constant `LEN`. It is compiled with checks of every access, so that it
    /// reaches nothing else. What it cannot see is an error, `GpuError::Optimizer`; so is training on a GPU without a kernel, as is
    /// the default.
    fn shader(&self) -> Option<&'static Kernel> {
        None
    }

    /// One step on the CPU with the given learning rate, of weights as long as the gradients.
    fn step(&mut self, cpu: &Cpu, learning_rate: f64, weights: &mut [f32], gradients: &[f32]);
}

/// An [`Optimizer`] without its type.
pub(crate) trait AnyOptimizer {
    /// As [`Optimizer::step`].
    fn step(&mut self, cpu: &Cpu, learning_rate: f64, weights: &mut [f32], gradients: &[f32]);

    /// As [`Optimizer::state`].
    #[cfg(feature = "gpu")]
    fn state(&mut self, len: usize) -> OptimizerState<'_>;

    /// As [`Optimizer::scalars`].
    #[cfg(feature = "gpu")]
    fn scalars(&mut self, learning_rate: f64) -> [f32; 8];

    /// As [`Optimizer::shader`].
    #[cfg(feature = "gpu")]
    fn shader(&self) -> Option<&'static Kernel>;
}

impl<O: Optimizer> AnyOptimizer for O {
    fn step(&mut self, cpu: &Cpu, learning_rate: f64, weights: &mut [f32], gradients: &[f32]) {
        Optimizer::step(self, cpu, learning_rate, weights, gradients);
    }

    #[cfg(feature = "gpu")]
    fn state(&mut self, len: usize) -> OptimizerState<'_> {
        Optimizer::state(self, len)
    }

    #[cfg(feature = "gpu")]
    fn scalars(&mut self, learning_rate: f64) -> [f32; 8] {
        Optimizer::scalars(self, learning_rate)
    }

    #[cfg(feature = "gpu")]
    fn shader(&self) -> Option<&'static Kernel> {
        Optimizer::shader(self)
    }
}

/// What an [`Optimizer`] carries from step to step, each with a name.
#[derive(Debug)]
pub struct OptimizerState<'a> {
    /// Buffers laid out as the weights.
    pub tensors: Vec<(&'static str, &'a mut [f32])>,
    /// Numbers.
    pub scalars: Vec<(&'static str, &'a mut f64)>,
}

/// Checks what all optimizers have.
fn check_rates(learning_rate: f64, weight_decay: f64) -> Result<(), Error> {
    check_rate("learning_rate", learning_rate)?;
    check_rate("weight_decay", weight_decay)
}

/// Checks what weights or gradients are multiplied by.
pub(crate) fn check_rate(name: &'static str, value: f64) -> Result<(), Error> {
    require((value as f32).is_finite() && value >= 0.0, name, value, "finite and at least 0")
}

/// Checks what is added to a root that is divided by.
fn check_epsilon(epsilon: f64) -> Result<(), Error> {
    let ok = epsilon >= LEAST_EPSILON && (epsilon as f32).is_finite();
    require(ok, "epsilon", epsilon, "at least 1e-21 and finite in binary32")
}

/// The least epsilon that is taken. Gradients are 0 or at least 2^-60, 8.7e-19.
const LEAST_EPSILON: f64 = 1e-21;

/// The power of two that the gradients of an optimizer with an epsilon are multiplied by: 1 for an epsilon of 9.4e-10 and more, else
/// what brings the epsilon to at least 2^-30.
///
/// Steps of the form m / (√v + ε), with m a mean of g and v one of g², are the same for s g and s ε. But v is kept to 2^-100 alone,
/// so that √v is off by up to δ = 2^-50 / √(1 - β₂), and where that counts, |m| is of the order of δ. The step is then off by
/// up to δ · δ / ε², which for ε = 2^-30 and β₂ = 0.999 is 2^-30 of the learning rate; and for the flush of m, at 2^-60, by up
/// to 2^-60 / (1 - β₁) / ε, 2^-26 of it for β₁ = 0.9. Both are less than what binary32 rounds. For an epsilon below that they are
/// not, and with v at 0 the step has no bound.
///
/// A power of two changes no bit of what is not flushed, and 1 changes none at all.
fn gradient_scale(epsilon: f64) -> f64 {
    const LEAST_SCALED: f64 = 1.0 / (1_u64 << 30) as f64;
    let mut scales = (0..41).map(|exponent| (1_u64 << exponent) as f64);
    scales.find(|scale| scale * epsilon >= LEAST_SCALED).unwrap_or(1.0)
}

/// What an optimizer's settings say of the scale of its state, where there is one.
fn scale_text(epsilon: f64) -> String {
    let scale = gradient_scale(epsilon);
    if scale == 1.0 { String::new() } else { format!(" of gradients times {scale}") }
}

/// 2^64: the least power of two whose square is infinite.
const TWO_POW_64: f32 = 18_446_744_073_709_551_616.0;

/// v + gain (g² - v), flushed: v (1 - gain) + (gain g) g from |g| = 2^64 on, whose square is infinite.
#[inline(always)]
fn mean_square<A: Arith<T = f32>>(gain: f32, g: f32, v: f32) -> f32 {
    let ordinary = A::mul_add(gain, A::mul_add(g, g, -v), v);
    let large = A::mul_add(gain * g, g, A::mul_add(-gain, v, v));
    A::flush_square(if g.abs() >= TWO_POW_64 { large } else { ordinary })
}

/// Checks the share of an average that is kept from step to step.
fn check_share(name: &'static str, value: f64) -> Result<(), Error> {
    require((0.0..1.0).contains(&value), name, value, "at least 0 and below 1")
}

/// The numbers of a step in binary32, filled up with zeros. Subnormal numbers become 0, as a GPU may make them.
fn rounded<const N: usize>(scalars: [f64; N]) -> [f32; 8] {
    let mut rounded = [0.0; 8];
    for (to, from) in rounded.iter_mut().zip(scalars) {
        let number = from as f32;
        *to = if number.is_subnormal() { 0.0 } else { number };
    }
    rounded
}
