//! Adam and AdamW.

use super::frame::{Frame, Rule, optimizer};
use super::{check_epsilon, check_rates, check_share, gradient_scale, mean_square, rounded, scale_text};
use crate::error::Error;
use crate::numerics::arith::Arith;
use crate::shaders::{self, Kernel};

/// Adam (Kingma and Ba, arXiv:1412.6980), PyTorch's `optim.Adam`.
///
/// m ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) g², w ← w - lr · m̂ / (√v̂ + ε), where m̂ and v̂ are m and v divided by
/// 1 - βᵗ. Weight decay adds decay · w to the gradient g.
///
/// Where v is beyond binary32, 3.4e38, the next step makes the weight NaN, and training has [diverged](crate::Error::Diverged): by
/// gradients beyond 1.8e19 that last, or at once by one of 6e20 with the default β₂.
#[derive(Debug, Clone)]
pub struct Adam(Frame<Moments, 2>);

/// Adam with decoupled weight decay (Loshchilov and Hutter, arXiv:1711.05101), PyTorch's `optim.AdamW`.
///
/// As [`Adam`], but weight decay shrinks the weights by lr · decay before the step; 0.01 unless chosen.
#[derive(Debug, Clone)]
pub struct AdamW(Frame<Moments, 2>);

#[derive(Debug, Clone)]
struct Moments {
    name: &'static str,
    settings: Settings,
    decay: Decay,
    /// β₁ᵗ and β₂ᵗ after t steps.
    powers: [f64; 2],
}

#[derive(Debug, Clone, Copy)]
struct Settings {
    learning_rate: f64,
    betas: [f64; 2],
    epsilon: f64,
    weight_decay: f64,
}

/// How weight decay enters.
#[derive(Debug, Clone, Copy)]
enum Decay {
    Gradient,
    Decoupled,
}

impl Rule<2> for Moments {
    const STATES: [&'static str; 2] = ["mean", "square"];
    const KERNEL: &'static Kernel = &shaders::ADAM;

    fn learning_rate(&self) -> f64 {
        self.settings.learning_rate
    }

    fn check(&self) -> Result<(), Error> {
        let Settings { learning_rate, betas: [beta1, beta2], epsilon, weight_decay } = self.settings;
        check_rates(learning_rate, weight_decay)?;
        check_share("beta1", beta1)?;
        check_share("beta2", beta2)?;
        check_epsilon(epsilon)
    }

    fn settings(&self) -> String {
        format!("{} {:?}{}", self.name, self.settings, scale_text(self.settings.epsilon))
    }

    fn numbers(&mut self) -> Vec<(&'static str, &mut f64)> {
        let [power1, power2] = &mut self.powers;
        vec![("beta1_power", power1), ("beta2_power", power2)]
    }

    fn restart(&mut self) {
        self.powers = [1.0; 2];
    }

    /// In order: lr / (1 - β₁ᵗ); 1 - β₁; 1 - β₂; 1 / √(1 - β₂ᵗ); ε times the gradient's scale; what the weights are multiplied by
    /// first; the share of the weight that is added to its gradient; and what the gradient is multiplied by then: see
    /// [`gradient_scale`].
    fn scalars(&mut self, learning_rate: f64) -> [f32; 8] {
        let Settings { betas, epsilon, weight_decay, .. } = self.settings;
        for (power, beta) in self.powers.iter_mut().zip(betas) {
            *power *= beta;
            // 1 - power is 1 long before; but products of subnormal numbers take many times as long as others.
            if power.is_subnormal() {
                *power = 0.0;
            }
        }
        let [correction1, correction2] = self.powers.map(|power| 1.0 - power);
        let [gain1, gain2] = betas.map(|beta| 1.0 - beta);
        let (keep, decay) = match self.decay {
            Decay::Decoupled => (1.0 - learning_rate * weight_decay, 0.0),
            Decay::Gradient => (1.0, weight_decay),
        };
        let (rate, root_scale) = (learning_rate / correction1, 1.0 / libm::sqrt(correction2));
        let scale = gradient_scale(epsilon);
        rounded([rate, gain1, gain2, root_scale, scale * epsilon, keep, decay, scale])
    }

    #[inline(always)]
    fn step<A: Arith<T = f32>>(
        scalars: [f32; 8],
        weights: &mut [f32],
        gradients: &[f32],
        [mean, square]: [&mut [f32]; 2],
    ) {
        let [rate, gain1, gain2, root_scale, epsilon, keep, decay, scale] = scalars;
        for ((w, &g), (m, v)) in weights.iter_mut().zip(gradients).zip(mean.iter_mut().zip(square)) {
            let g = A::mul_add(decay, *w, g) * scale;
            *m = A::snap(A::mul_add(gain1, g - *m, *m));
            *v = mean_square::<A>(gain2, g, *v);
            let root = A::mul_add(A::sqrt(*v), root_scale, epsilon);
            *w = A::snap(A::mul_add(-rate, *m * A::recip(root), *w * keep));
        }
    }
}

macro_rules! adam {
    ($name:ident, $decay:expr, $weight_decay:expr) => {
        impl $name {
            /// β = (0.9, 0.999), ε = 1e-8 and PyTorch's default weight decay.
            pub fn new(learning_rate: f64) -> Self {
                let settings =
                    Settings { learning_rate, betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: $weight_decay };
                $name(Frame::new(Moments { name: stringify!($name), settings, decay: $decay, powers: [1.0; 2] }))
            }

            /// The shares of the running mean and of the running mean square that are kept from step to step.
            #[must_use]
            pub fn betas(mut self, beta1: f64, beta2: f64) -> Self {
                self.0.rule.settings.betas = [beta1, beta2];
                self
            }

            /// What is added to the root of the mean square: at least 1e-21.
            ///
            /// Where it is below 9.4e-10, the moments are those of gradients times a power of two, so that no gradient is too
            /// small to have a mean square. The greatest that binary32 holds the mean square of then is smaller by that
            /// power: 1.8e19 becomes about 1e10 · epsilon / 1e-18.
            #[must_use]
            pub fn epsilon(mut self, epsilon: f64) -> Self {
                self.0.rule.settings.epsilon = epsilon;
                self
            }

            /// The pull of the weights towards 0.
            #[must_use]
            pub fn weight_decay(mut self, decay: f64) -> Self {
                self.0.rule.settings.weight_decay = decay;
                self
            }
        }
        optimizer!($name);
    };
}
adam!(Adam, Decay::Gradient, 0.0);
adam!(AdamW, Decay::Decoupled, 0.01);
