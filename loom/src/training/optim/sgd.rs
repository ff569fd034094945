//! Stochastic gradient descent, with momentum.

use super::frame::{Frame, Rule, optimizer};
use super::{check_rates, check_share, rounded};
use crate::error::Error;
use crate::numerics::arith::Arith;
use crate::shaders::{self, Kernel};

/// Stochastic gradient descent, PyTorch's `optim.SGD`.
///
/// g ← g + decay · w, b ← momentum · b + g, w ← w - lr · b; Nesterov's form steps by g + momentum · b instead of b.
#[derive(Debug, Clone)]
pub struct Sgd(Frame<Settings, 1>);

#[derive(Debug, Clone)]
struct Settings {
    learning_rate: f64,
    momentum: f64,
    nesterov: bool,
    weight_decay: f64,
}

impl Sgd {
    /// No momentum, no weight decay.
    pub fn new(learning_rate: f64) -> Self {
        Sgd(Frame::new(Settings { learning_rate, momentum: 0.0, nesterov: false, weight_decay: 0.0 }))
    }

    /// The share of the last step's direction that is kept.
    #[must_use]
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.0.rule.momentum = momentum;
        self
    }

    /// Nesterov's momentum of the given share (Sutskever et al., ICML 2013).
    #[must_use]
    pub fn nesterov(mut self, momentum: f64) -> Self {
        self.0.rule.nesterov = true;
        self.momentum(momentum)
    }

    /// The pull of the weights towards 0.
    #[must_use]
    pub fn weight_decay(mut self, weight_decay: f64) -> Self {
        self.0.rule.weight_decay = weight_decay;
        self
    }
}
optimizer!(Sgd);

impl Rule<1> for Settings {
    const STATES: [&'static str; 1] = ["velocity"];
    const KERNEL: &'static Kernel = &shaders::SGD;

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn check(&self) -> Result<(), Error> {
        check_rates(self.learning_rate, self.weight_decay)?;
        check_share("momentum", self.momentum)
    }

    fn settings(&self) -> String {
        let Settings { learning_rate, momentum, nesterov, weight_decay } = self;
        format!(
            "Sgd {{ learning_rate: {learning_rate:?}, momentum: {momentum:?}, nesterov: {nesterov}, weight_decay: {weight_decay:?} }}"
        )
    }

    fn scalars(&mut self, learning_rate: f64) -> [f32; 8] {
        rounded([learning_rate, self.momentum, self.weight_decay, f64::from(u8::from(self.nesterov))])
    }

    #[inline(always)]
    fn step<A: Arith<T = f32>>(scalars: [f32; 8], weights: &mut [f32], gradients: &[f32], [velocity]: [&mut [f32]; 1]) {
        let [rate, momentum, decay, nesterov, ..] = scalars;
        let nesterov = nesterov != 0.0;
        for ((w, &g), b) in weights.iter_mut().zip(gradients).zip(velocity) {
            let g = A::mul_add(decay, *w, g);
            *b = A::snap(A::mul_add(momentum, *b, g));
            let direction = if nesterov { A::mul_add(momentum, *b, g) } else { *b };
            *w = A::snap(A::mul_add(-rate, direction, *w));
        }
    }
}
