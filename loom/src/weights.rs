use crate::arith::{Arith, Fused};
use crate::error::Error;
use crate::init::{Init, initialise};
use crate::kernel::Buffer;
use crate::plan::{Param, Plan};
use crate::random::Seed;
use core::fmt;
use sha2::{Digest, Sha256};
use std::sync::Mutex;

/// The parameters of a network: one flat buffer, in which [`Plan::params`] says where each tensor lies.
///
/// Every value is snapped (see [`crate::arith`]) and finite when it comes from a file or from
/// [`set`](Weights::set); training may bring it to infinity, which [`Error::Diverged`] tells.
pub struct Weights {
    plan: &'static Plan,
    values: Buffer<f32>,
    /// Activation buffers that inference has made and not in use now, so that a second call allocates nothing.
    idle: Mutex<Vec<Buffer<f32>>>,
}

impl Weights {
    /// Weights drawn from a seed.
    pub fn new(plan: &'static Plan, init: Init, seed: Seed) -> Self {
        let mut weights = Weights::zeroed(plan);
        weights.initialise(init, seed);
        weights
    }

    /// All zeros.
    pub(crate) fn zeroed(plan: &'static Plan) -> Self {
        Weights { plan, values: Buffer::zeroed(plan.weights_len), idle: Mutex::default() }
    }

    /// Draws every parameter anew.
    pub fn initialise(&mut self, init: Init, seed: Seed) {
        for (index, param) in self.plan.params.iter().enumerate() {
            initialise(init, seed, index, param, &mut self.values[param.range()]);
        }
    }

    /// The plan that lays the parameters out.
    pub fn plan(&self) -> &'static Plan {
        self.plan
    }

    /// Each tensor with its values, in the order of the stack.
    ///
    /// ```
    /// use loom::prelude::*;
    ///
    /// let net = network![Dense<2, 8> -> Tanh -> Dense<8, 1>];
    /// let names: Vec<_> = net.weights().tensors().map(|(param, _)| param.name).collect();
    /// assert_eq!(names, ["0.weight", "0.bias", "2.weight", "2.bias"]);
    /// ```
    pub fn tensors(&self) -> impl Iterator<Item = (&'static Param, &[f32])> {
        self.plan.params.iter().map(|param| (param, &self.values[param.range()]))
    }

    /// The values of the tensor of that name, in PyTorch's layout.
    pub fn get(&self, name: &str) -> Option<&[f32]> {
        self.tensors().find(|(param, _)| param.name == name).map(|(_, values)| values)
    }

    /// Replaces the values of a tensor of the plan.
    ///
    /// # Errors
    /// [`Error::Weight`] where a value is infinite or not a number; then nothing changes.
    ///
    /// # Panics
    /// Where the number of values is not the tensor's.
    pub fn set(
        &mut self,
        param: &'static Param,
        values: impl ExactSizeIterator<Item = f32> + Clone,
    ) -> Result<(), Error> {
        assert_eq!(values.len(), param.len(), "`{}` has {} values", param.name, param.len());
        if let Some((index, value)) = values.clone().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(Error::Weight { tensor: param.name, index, value });
        }
        for (to, value) in self.values[param.range()].iter_mut().zip(values) {
            *to = Fused::snap(value);
        }
        Ok(())
    }

    /// The flat buffer, padding included.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The flat buffer, padding included, for an optimizer of your own. Padding stays 0; stored values are snapped.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// SHA-256 over the little-endian bytes of every weight, in the order of the stack: equal for equal bits.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hash = Sha256::new();
        for value in self.tensors().flat_map(|(_, values)| values) {
            hash.update(value.to_le_bytes());
        }
        Fingerprint(hash.finalize().into())
    }

    /// Lends an activation buffer of at least `len` elements.
    pub(crate) fn with_activations<O>(&self, len: usize, f: impl FnOnce(&mut [f32]) -> O) -> O {
        let idle = || self.idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut buffer = idle().pop().unwrap_or_default();
        buffer.grow(len);
        let result = f(&mut buffer);
        idle().push(buffer);
        result
    }
}

impl Clone for Weights {
    fn clone(&self) -> Self {
        Weights { plan: self.plan, values: self.values.clone(), idle: Mutex::default() }
    }
}

/// Equal for equal bits of every parameter.
impl PartialEq for Weights {
    fn eq(&self, other: &Self) -> bool {
        self.plan.params == other.plan.params
            && bytemuck::cast_slice::<f32, u32>(&self.values) == bytemuck::cast_slice::<f32, u32>(&other.values)
    }
}

impl fmt::Debug for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Weights")
            .field("network", &self.plan.name)
            .field("parameters", &self.plan.parameters())
            .finish()
    }
}

/// A SHA-256, printed as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}
