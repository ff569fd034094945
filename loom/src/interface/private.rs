//! All that generated code names beside the public items. Not for users: it may change in any release.

pub use crate::__methods as methods;
pub use crate::__sample as sample;
#[cfg(feature = "gpu")]
pub use crate::devices::gpu::{PassResult, Passes};
pub use crate::run::sample::sealed::Sealed;
pub use crate::training::custom::custom_shaders;
pub use crate::training::loss::{Term, sealed::Sealed as SealedLoss};
pub use crate::training::trainer::backend::Timing;
pub use bytemuck;
pub use loom_ir as ir;
pub use loom_macros::network;

/// What a shape is that an error left unknown. Nothing implements this: the type that `network!` asks it of has an error in it, so
/// that the compiler reports that one and takes the answer for any type.
pub trait Unknown {
    /// Any type.
    type Type;
}

/// Destroys a device, as a failing driver would.
#[cfg(feature = "gpu")]
pub fn lose(gpu: &crate::Gpu) {
    gpu.device().raw.destroy();
}

/// One thread that computes matrix products by their definition.
pub fn naive_cpu() -> crate::Cpu {
    let mut threads = crate::kernels::Threads::new(1);
    threads.is_naive = true;
    crate::Cpu { threads: std::sync::Arc::new(threads), fma_mode: crate::FmaMode::Fused }
}

/// A plan run in binary64, for gradient checks. Buffers are flat, sample after sample.
pub mod f64_pass {
    use crate::kernels::parameters::Parameters;
    use crate::kernels::{Buffer, Threads};
    use crate::layers::operator::Mode;
    use crate::numerics::arith::Binary64;
    use crate::plan::{Plan, assert_runs};
    use crate::run::exec::{Gradients, Keep, Pass, backward, forward, unsaved};

    /// A forward pass, kept for backward.
    pub struct Forward {
        plan: &'static Plan,
        batch: usize,
        mode: Mode,
        threads: Threads,
        activations: Buffer<f64>,
    }

    impl Forward {
        /// Runs a batch of inputs.
        ///
        /// # Panics
        /// Where the plan cannot run.
        pub fn new(plan: &'static Plan, weights: &[f64], inputs: &[f64], mode: Mode) -> Self {
            assert_runs(plan);
            let batch = inputs.len() / plan.input_slot().len;
            let mut activations = Buffer::zeroed(Keep::All.len(plan, batch));
            activations[Keep::All.input(plan, batch)].copy_from_slice(inputs);
            let threads = Threads::new(1);
            let pass = Pass { plan, batch, mode, threads: &threads };
            forward::<Binary64>(pass, Keep::All, Parameters::flat(weights), &mut activations);
            Forward { plan, batch, mode, threads, activations }
        }

        /// The outputs.
        pub fn outputs(&self) -> &[f64] {
            &self.activations[Keep::All.output(self.plan, self.batch)]
        }

        /// The gradients of the weights and of the inputs, from that of the outputs, and from nothing of forward but what is saved.
        pub fn backward(&self, weights: &[f64], d_outputs: &[f64]) -> (Vec<f64>, Vec<f64>) {
            let mut gradients = Gradients::default();
            gradients.grow(self.plan, self.batch).expect("there is memory for the gradients");
            gradients.slots[Gradients::<f64>::output(self.plan, self.batch)].copy_from_slice(d_outputs);
            let pass = Pass { plan: self.plan, batch: self.batch, mode: self.mode, threads: &self.threads };
            let mut activations = self.activations.clone();
            unsaved(self.plan, self.batch).into_iter().for_each(|range| activations[range].fill(f64::NAN));
            backward::<Binary64>(pass, weights, &activations, &mut gradients, true);
            let d_inputs = gradients.slots[Gradients::<f64>::input(self.plan, self.batch)].to_vec();
            (gradients.params(self.plan).to_vec(), d_inputs)
        }
    }
}
