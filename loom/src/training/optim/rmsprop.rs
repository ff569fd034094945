//! RMSprop.

use super::frame::{Frame, Rule, optimizer};
use super::{check_epsilon, check_rates, check_share, gradient_scale, mean_square, rounded, scale_text};
use crate::error::Error;
use crate::numerics::arith::Arith;
use crate::shaders::{self, Kernel};

/// RMSprop (Hinton, Coursera lecture 6e), PyTorch's `optim.RMSprop`.
///
/// g ← g + decay · w, v ← α v + (1 - α) g², b ← momentum · b + g / (√v + ε), w ← w - lr · b.
///
/// Where v is beyond binary32, 3.4e38, the next step makes the weight NaN, and training has [diverged](crate::Error::Diverged): by
/// gradients beyond 1.8e19 that last, or at once by one of 2e20 with the default α.
#[derive(Debug, Clone)]
pub struct RmsProp(Frame<Settings, 2>);

#[derive(Debug, Clone)]
struct Settings {
    learning_rate: f64,
    alpha: f64,
    epsilon: f64,
    momentum: f64,
    weight_decay: f64,
}

impl RmsProp {
    /// α = 0.99, ε = 1e-8, no momentum, no weight decay.
    pub fn new(learning_rate: f64) -> Self {
        let settings = Settings { learning_rate, alpha: 0.99, epsilon: 1e-8, momentum: 0.0, weight_decay: 0.0 };
        RmsProp(Frame::new(settings))
    }

    /// The share of the running mean square that is kept from step to step.
    #[must_use]
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.0.rule.alpha = alpha;
        self
    }

    /// What is added to the root of the mean square: at least 1e-21.
    ///
    /// Where it is below 9.4e-10, the mean square is that of gradients times a power of two, so that no gradient is too small to
    /// have one. The greatest that binary32 holds the mean square of then is smaller by that power: 1.8e19 becomes about
    /// 1e10 · epsilon / 1e-18.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.0.rule.epsilon = epsilon;
        self
    }

    /// The share of the last step's direction that is kept.
    #[must_use]
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.0.rule.momentum = momentum;
        self
    }

    /// The pull of the weights towards 0.
    #[must_use]
    pub fn weight_decay(mut self, weight_decay: f64) -> Self {
        self.0.rule.weight_decay = weight_decay;
        self
    }
}
optimizer!(RmsProp);

impl Rule<2> for Settings {
    const STATES: [&'static str; 2] = ["square", "velocity"];
    const KERNEL: &'static Kernel = &shaders::RMSPROP;

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
        let Settings { learning_rate, alpha, epsilon, momentum, weight_decay } = self;
        format!(
            "RmsProp {{ learning_rate: {learning_rate:?}, alpha: {alpha:?}, epsilon: {epsilon:?}, momentum: {momentum:?}, weight_decay: \
             {weight_decay:?} }}{}",
            scale_text(*epsilon)
        )
    }

    /// The rate, 1 - α, ε times the gradient's scale, momentum, decay, and what the gradient is multiplied by:
    /// see [`gradient_scale`].
    fn scalars(&mut self, learning_rate: f64) -> [f32; 8] {
        let scale = gradient_scale(self.epsilon);
        rounded([learning_rate, 1.0 - self.alpha, scale * self.epsilon, self.momentum, self.weight_decay, scale])
    }

    #[inline(always)]
    fn step<A: Arith<T = f32>>(
        scalars: [f32; 8],
        weights: &mut [f32],
        gradients: &[f32],
        [square, velocity]: [&mut [f32]; 2],
    ) {
        let [rate, gain, epsilon, momentum, decay, scale, ..] = scalars;
        for ((w, &g), (v, b)) in weights.iter_mut().zip(gradients).zip(square.iter_mut().zip(velocity)) {
            let g = A::mul_add(decay, *w, g) * scale;
            *v = mean_square::<A>(gain, g, *v);
            let direction = g * A::recip(A::sqrt(*v) + epsilon);
            *b = A::snap(A::mul_add(momentum, *b, direction));
            *w = A::snap(A::mul_add(-rate, *b, *w));
        }
    }
}
