use crate::arith::{Arith, Fused};
use crate::dtype::{DType, Encoded, F32, Format};
use crate::error::Error;
use crate::init::{Init, initialise};
use crate::kernel::Buffer;
use crate::plan::{Param, Plan, Role};
use crate::random::Seed;
use core::fmt;
use core::marker::PhantomData;
use sha2::{Digest, Sha256};
use std::sync::Mutex;

/// The parameters of a network: one flat buffer, in which [`Plan::params`] says where each tensor lies.
///
/// Every value is snapped (see [`crate::arith`]) and finite when it comes from a file or from
/// [`set`](Weights::set); training may bring it to infinity, which [`Error::Diverged`] tells.
///
/// `P` is the number format that the weights are stored in. What is computed with are the `f32` values that they decode
/// to, which are held beside them.
pub struct Weights<P: DType = F32> {
    held: Held,
    /// For each tensor, its encoding, unless it is stored as F32.
    encoded: Vec<Option<Encoded>>,
    precision: PhantomData<P>,
}

/// What is computed with, of any format.
pub(crate) struct Held {
    pub(crate) plan: &'static Plan,
    pub(crate) values: Buffer<f32>,
    /// Activation buffers that inference has made and not in use now, so that a second call allocates nothing.
    idle: Mutex<Vec<Buffer<f32>>>,
}

impl Held {
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

/// Whether a tensor of a network in `format` is stored in that format. Biases and other vectors stay F32 under the
/// integers and F4, where they would cost quality and save nothing.
pub(crate) fn is_encoded(format: Format, param: &Param) -> bool {
    encodes(format, param.role == Role::Weight && param.shape.len() > 1)
}

/// The same of a tensor that is a weight of two and more dimensions, or is not.
pub(crate) fn encodes(format: Format, is_matrix: bool) -> bool {
    match format {
        Format::F32 => false,
        Format::F64 | Format::F16 | Format::BF16 => true,
        _ => is_matrix,
    }
}

impl Weights {
    /// Weights drawn from a seed.
    pub fn new(plan: &'static Plan, init: Init, seed: Seed) -> Self {
        let mut weights = Weights::zeroed(plan);
        weights.initialise(init, seed);
        weights
    }

    /// Draws every parameter anew.
    pub fn initialise(&mut self, init: Init, seed: Seed) {
        for (index, param) in self.held.plan.params.iter().enumerate() {
            initialise(init, seed, index, param, &mut self.held.values[param.range()]);
        }
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
        self.store(param, values)
    }

    /// The flat buffer, padding and tables included, for an optimizer of your own, which moves the first
    /// [`Plan::trained_len`]. What is written must be snapped, by [`Arith::snap`](crate::arith::Arith::snap), for one answer on
    /// every device; padding must stay 0.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.held.values
    }

    /// The weights in another format, each rounded to the nearest value that it has. See [`crate::dtype`].
    ///
    /// # Errors
    /// [`Error::Weight`] where a weight is infinite or not a number.
    pub fn quantize<D: DType>(&self) -> Result<Weights<D>, Error> {
        let mut weights = Weights::zeroed(self.held.plan);
        for (index, (param, values)) in self.tensors().enumerate() {
            weights.store(param, values.iter().copied())?;
            if is_encoded(D::FORMAT, param) {
                weights.encode(index, Encoded::encode(D::FORMAT, param.rows(), param.columns(), values));
            }
        }
        Ok(weights)
    }
}

impl<P: DType> Weights<P> {
    /// All zeros, to be filled.
    pub(crate) fn zeroed(plan: &'static Plan) -> Self {
        let mut values = Buffer::zeroed(plan.weights_len);
        plan.tables.iter().for_each(|table| table.fill(&mut values));
        Weights {
            held: Held { plan, values, idle: Mutex::default() },
            encoded: vec![None; plan.params.len()],
            precision: PhantomData,
        }
    }

    /// Sets a tensor that is stored as F32.
    pub(crate) fn store(
        &mut self,
        param: &'static Param,
        values: impl ExactSizeIterator<Item = f32> + Clone,
    ) -> Result<(), Error> {
        assert_eq!(values.len(), param.len(), "`{}` has {} values", param.name, param.len());
        if let Some((index, value)) = values.clone().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(Error::Weight { tensor: param.name, index, value });
        }
        for (to, value) in self.held.values[param.range()].iter_mut().zip(values) {
            *to = Fused::snap(value);
        }
        Ok(())
    }

    /// Sets tensor number `index`.
    pub(crate) fn encode(&mut self, index: usize, encoded: Encoded) {
        encoded.decode(&mut self.held.values[self.held.plan.params[index].range()]);
        self.encoded[index] = Some(encoded);
    }

    /// The encoding of each tensor that is not stored as F32.
    pub(crate) fn encoded(&self) -> impl Iterator<Item = Option<&Encoded>> {
        self.encoded.iter().map(Option::as_ref)
    }

    /// Whether every weight is finite: what is not is never saved, so that a file that was good stays so.
    pub(crate) fn check_finite(&self) -> Result<(), Error> {
        for (param, values) in self.tensors() {
            if let Some((index, &value)) = values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
                return Err(Error::Weight { tensor: param.name, index, value });
            }
        }
        Ok(())
    }

    /// Bits of codes, scales and zero points for each weight of the tensors that are not stored as F32; 32 where all are.
    pub fn bits_per_weight(&self) -> f64 {
        let encoded = || self.encoded.iter().flatten();
        let weights: usize = encoded().map(|encoded| encoded.parts().rows * encoded.parts().columns).sum();
        let bytes: usize = encoded().map(Encoded::bytes).sum();
        if weights == 0 { 32.0 } else { 8.0 * bytes as f64 / weights as f64 }
    }

    pub(crate) fn held(&self) -> &Held {
        &self.held
    }

    /// The plan that lays the parameters out.
    pub fn plan(&self) -> &'static Plan {
        self.held.plan
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
        self.held.plan.params.iter().map(|param| (param, &self.held.values[param.range()]))
    }

    /// The values of the tensor of that name, in PyTorch's layout.
    pub fn get(&self, name: &str) -> Option<&[f32]> {
        self.tensors().find(|(param, _)| param.name == name).map(|(_, values)| values)
    }

    /// The flat buffer, padding included.
    pub fn values(&self) -> &[f32] {
        &self.held.values
    }

    /// SHA-256 over the little-endian bytes of every weight, in the order of the stack: equal for equal bits. In
    /// a format other than F32 these are the values that are computed with.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hash = Sha256::new();
        for value in self.tensors().flat_map(|(_, values)| values) {
            hash.update(value.to_le_bytes());
        }
        Fingerprint(hash.finalize().into())
    }
}

impl<P: DType> Clone for Weights<P> {
    fn clone(&self) -> Self {
        let Held { plan, values, .. } = &self.held;
        let held = Held { plan, values: values.clone(), idle: Mutex::default() };
        Weights { held, encoded: self.encoded.clone(), precision: PhantomData }
    }
}

/// Equal for equal bits of every parameter, scales and zero points included.
impl<P: DType> PartialEq for Weights<P> {
    fn eq(&self, other: &Self) -> bool {
        self.held.plan.params == other.held.plan.params
            && self.encoded == other.encoded
            && bytemuck::cast_slice::<f32, u32>(&self.held.values)
                == bytemuck::cast_slice::<f32, u32>(&other.held.values)
    }
}

impl<P: DType> fmt::Debug for Weights<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Weights")
            .field("network", &self.held.plan.name)
            .field("parameters", &self.held.plan.parameters())
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
