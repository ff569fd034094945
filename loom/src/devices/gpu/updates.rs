//! What moves weights on a GPU: bounds of gradients, optimizers and running means.

use super::GpuError;
use super::pipeline::Trust;
use super::session::{Dispatch, Session, storage};
use crate::plan::launch::{Extent::Fixed, Launch};
use crate::shaders::{AVERAGE, Binding, Kernel, Phase, constants};
use crate::training::optim::{AnyOptimizer, Average, Clip, MOMENTUM};

const STATES: [Binding; 2] = [Binding::State0, Binding::State1];

/// The kernel of an optimizer, if it has one that sees what it asks for.
pub(super) fn optimizer_kernel(optimizer: &mut dyn AnyOptimizer, len: usize) -> Result<&'static Kernel, GpuError> {
    let Some(kernel) = optimizer.shader() else {
        return Err(GpuError::Optimizer { fault: "it has no kernel".into() });
    };
    let Kernel { name, phase, .. } = *kernel;
    let state = optimizer.state(len).tensors;
    let other_len = state.iter().find(|(_, values)| values.len() != len);
    let fault = if phase != Phase::Optimizer {
        format!("its kernel `{name}` is one of the phase {phase:?}, not {:?}", Phase::Optimizer)
    } else if state.len() > STATES.len() {
        format!("it has {} tensors of state, of which a kernel sees {}", state.len(), STATES.len())
    } else if let Some((name, values)) = other_len {
        format!("its state `{name}` has {} values for {len} weights", values.len())
    } else {
        return Ok(kernel);
    };
    Err(GpuError::Optimizer { fault })
}

/// The buffers of an optimizer, each with its name: at least two, since every optimizer's kernel sees two.
fn states(optimizer: &mut dyn AnyOptimizer, len: usize) -> Vec<(&'static str, Vec<f32>)> {
    let state = optimizer.state(len);
    let mut states: Vec<_> = state.tensors.into_iter().map(|(name, values)| (name, values.to_vec())).collect();
    states.resize_with(STATES.len(), || ("unused state", Vec::new()));
    states
}

impl Session {
    /// The step of an optimizer, whose state is brought to the GPU.
    pub(super) fn optimizer(&mut self, optimizer: &mut dyn AnyOptimizer) -> Result<Dispatch, GpuError> {
        let len = self.plan.trained_len;
        let kernel = optimizer_kernel(optimizer, len)?;
        for (binding, (what, state)) in STATES.into_iter().zip(states(optimizer, len)) {
            self.buffers.set(binding, storage(&self.gpu, what, state.len())?);
            self.write(binding, 0, &state);
        }
        // Whoever wrote the optimizer wrote the kernel.
        self.dispatch_with(Trust::Checked, &constants([("LEN", len)]), Launch::new(kernel, Fixed(len)))
    }

    /// Brings the state of an optimizer back.
    pub(super) fn fetch_state(&self, optimizer: &mut dyn AnyOptimizer) -> Result<(), GpuError> {
        let state = optimizer.state(self.plan.trained_len);
        for (binding, (_, values)) in STATES.into_iter().zip(state.tensors) {
            values.copy_from_slice(&self.read(binding, 0..values.len())?);
        }
        Ok(())
    }

    /// What moves the running means, each with whether it skips a batch of one sample.
    pub(super) fn averages(&self) -> Result<Vec<(bool, Dispatch)>, GpuError> {
        let dispatch = |Average { running, batch, len, skips_one }: Average| {
            let header = constants([("RUNNING", running), ("BATCH", batch), ("LEN", len)]);
            let header = format!("{header}const MOMENTUM: f32 = {MOMENTUM:?}f;\n");
            Ok((skips_one, self.dispatch(&header, Launch::new(&AVERAGE, Fixed(len)))?))
        };
        Average::all(self.plan).into_iter().map(dispatch).collect()
    }

    /// What bounds the gradients.
    pub(super) fn clip(&self, bound: Clip) -> Result<Vec<Dispatch>, GpuError> {
        let shaders = bound.shaders(self.plan.trained_len);
        let dispatch =
            |(kernel, header, count): (_, String, _)| self.dispatch(&header, Launch::new(kernel, Fixed(count)));
        shaders.into_iter().map(dispatch).collect()
    }
}
