//! Optimizers and learning-rate schedules.

mod adam;
mod average;
mod clip;
mod rmsprop;
mod schedule;
mod sgd;

pub use adam::{Adam, AdamW};
#[cfg(feature = "gpu")]
pub(crate) use average::MOMENTUM;
pub(crate) use average::average;
pub use clip::Clip;
pub(crate) use clip::clip;
pub use rmsprop::RmsProp;
pub use schedule::Schedule;
pub use sgd::Sgd;

use crate::cpu::Cpu;
use crate::error::{Error, require};
use crate::kernel::{Buffer, Threads, VECTOR};
use loom_shaders::Kernel;

/// Moves weights against their gradients.
///
/// An optimizer of your own computes a step twice over, for the CPU and as a kernel, from the same
/// [`scalars`](Optimizer::scalars); [`shaders`](crate::shaders) has the kernels of Loom's own.
///
/// State, such as Adam's moments, is made at the first step, and anew for weights of another length. Weights, gradients and state are flat buffers laid out by
/// [`Plan::params`](crate::plan::Plan::params); padding holds zeros and stays so.
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
    /// What changes from step to step beside the tensors, such as the powers of Adam's β, moves on.
    fn scalars(&mut self, learning_rate: f64) -> [f32; 8];

    /// The kernel that does as [`step`](Optimizer::step) does, for one weight in each invocation. It sees the weights,
    /// their gradients (`d_weights`), up to two tensors of [`state`](Optimizer::state) in their order (`state0`,
    /// `state1`), `call`, and the number of weights as the constant `LEN`.
    fn shader(&self) -> &'static Kernel;

    /// One step with the given learning rate: [`state`](Optimizer::state) for weights of this length,
    /// [`scalars`](Optimizer::scalars), and the update.
    fn step(&mut self, cpu: &Cpu, learning_rate: f64, weights: &mut [f32], gradients: &[f32]);
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
    let ok = (f32::MIN_POSITIVE..=f32::MAX).contains(&(epsilon as f32));
    require(ok, "epsilon", epsilon, "above 1.2e-38 and finite in binary32")
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

/// Multiply-adds that one weight costs, for the choice of threads.
const COST: usize = 20;

/// Calls `f` with matching parts of the weights, the gradients and one or two state buffers.
fn for_each_part<const STATES: usize>(
    threads: &Threads,
    weights: &mut [f32],
    gradients: &[f32],
    states: [&mut Buffer<f32>; STATES],
    f: impl Fn(&mut [f32], &[f32], [&mut [f32]; STATES]) + Sync,
) {
    let len = weights.len();
    assert_eq!(gradients.len(), len, "weights and gradients are laid out alike");
    let states = states.map(|state| {
        state.resize(len);
        crate::kernel::Parts::new(state.as_mut_ptr())
    });
    threads.split_mut(weights, VECTOR, VECTOR * COST, |first, weights| {
        let range = first * VECTOR..first * VECTOR + weights.len();
        // SAFETY: `split_mut` hands out disjoint parts of `weights`, and every state is at least as long, so the same
        // ranges of each state are disjoint and inside it; the states stay borrowed until `split_mut` returns.
        let states = states
            .each_ref()
            .map(|state| unsafe { core::slice::from_raw_parts_mut(state.at(range.start), range.len()) });
        f(weights, &gradients[range], states);
    });
}
