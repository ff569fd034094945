//! The parameters of a network, in any number format.

pub(crate) mod fake_quant;
pub(crate) mod init;
pub(crate) mod model;
pub(crate) mod positions;
pub mod quantize;
pub(crate) mod safetensors;

use crate::dtype::{Encoded, F32, Format, Precision};
use crate::error::{Error, no_memory};
use crate::kernels::packed::Packed;
use crate::kernels::parameters::{At, Parameters, Place};
use crate::kernels::{Buffer, Panels};
use crate::numerics::arith::{Arith, Fused};
use crate::numerics::environment::in_default_environment;
use crate::numerics::fingerprint::Fingerprint;
use crate::numerics::random::Seed;
use crate::plan::{Param, Plan, Role, assert_runs};
use crate::run::cpu::Cpu;
use crate::run::sample::Sample;
use crate::weights::init::{Init, initialise};
use crate::weights::model::Model;
use crate::weights::quantize::{Rounded, Rounding, round, round_calibrated};
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut, Range};
use hmac_sha256::Hash as Sha256;
use loom_ir::facts::Kind;
use std::borrow::Cow;
use std::sync::{Mutex, MutexGuard, TryLockError};

/// The parameters of a network, which [`Plan::params`] lists.
///
/// Every value is flushed (see [`crate::arith`]) and finite when it comes from a file or from
/// [`set`](Weights::set); training may bring it to infinity, which [`Error::Diverged`] tells.
///
/// `P` says in which number format each is stored. In F32 all lie in one flat buffer. Of other formats, weights of two and more
/// dimensions are held as their codes and scales, which is what is computed from; vectors as the `f32` values that they
/// decode to.
pub struct Weights<P: Precision = F32> {
    held: Held,
    precision: PhantomData<P>,
}

/// Values, at most, of [`Held::panels`], which are held beside a network's own.
const IN_PANELS: usize = 1 << 22;

/// What is computed with, of any format.
pub(crate) struct Held {
    pub(crate) plan: &'static Plan,
    /// What is not packed: laid out by the plan or, where something is packed, by the places.
    values: Buffer<f32>,
    /// In the order of their offsets; none where nothing is packed.
    places: Vec<Place>,
    /// Activation buffers that inference has made and not in use now, so that a later call allocates none.
    idle: Mutex<Vec<Buffer<f32>>>,
}

impl Held {
    /// Lends a buffer of at least `len` elements for activations.
    pub(crate) fn lend(&self, len: usize) -> Result<Lent<'_>, Error> {
        let buffer = self.idle().and_then(|mut idle| idle.pop()).unwrap_or_default();
        let mut lent = Lent { buffer, held: self };
        lent.buffer.try_grow(len).ok_or_else(|| no_memory::<f32>(len, "activations"))?;
        Ok(lent)
    }

    /// The buffers that are not in use; none while another thread looks at them. Nobody waits for it: in a child that was forked,
    /// the thread of the parent that had the lock is not there to give it back.
    fn idle(&self) -> Option<MutexGuard<'_, Vec<Buffer<f32>>>> {
        match self.idle.try_lock() {
            Ok(idle) => Some(idle),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// A copy of the matrices of plain values that a small network only multiplies by, as panels; none for others.
    pub(crate) fn panels(&self) -> Option<Vec<Place>> {
        let is_multiplied_by = |param: &&Param| {
            let is_it = |index: &usize| self.plan.params[*index].offset == param.offset;
            let mut steps = self.plan.steps.iter().filter(|step| step.params.iter().any(is_it)).peekable();
            steps.peek().is_some()
                && steps.all(|step| match step.layer.facts().kind {
                    Kind::MatrixProduct(product) => product.wants_panels && is_it(&step.params[0]),
                    _ => false,
                })
        };
        let len: usize = self
            .plan
            .params
            .iter()
            .filter(is_multiplied_by)
            .map(|param| Panels::len(param.rows(), param.columns()))
            .sum();
        if !self.places.is_empty() || !(1..=IN_PANELS).contains(&len) {
            return None;
        }
        let place = |param: &Param| match is_multiplied_by(&param) {
            true => At::Panels(Panels::of_weight(&self.values[param.range()], param.columns()).into()),
            false => At::Values(param.offset),
        };
        let params = self.plan.params.iter().map(|param| Place { offset: param.offset, at: place(param) });
        let tables = self.plan.tables.iter().map(|table| Place { offset: table.offset, at: At::Values(table.offset) });
        let mut places: Vec<Place> = params.chain(tables).collect();
        places.sort_unstable_by_key(|place| place.offset);
        Some(places)
    }

    /// What a forward pass reads, with some of it elsewhere.
    pub(crate) fn parameters_with<'a>(&'a self, places: &'a [Place]) -> Parameters<'a, f32> {
        Parameters::placed(&self.values, places)
    }

    /// What a forward pass reads.
    pub(crate) fn parameters(&self) -> Parameters<'_, f32> {
        Parameters::placed(&self.values, &self.places)
    }

    /// All values, laid out by the plan, tables included.
    pub(crate) fn flat(&self) -> Cow<'_, [f32]> {
        if self.places.is_empty() {
            return Cow::Borrowed(&self.values);
        }
        let mut flat = vec![0.0; self.plan.weights_len];
        for param in self.plan.params {
            flat[param.range()].copy_from_slice(&self.values_of(param));
        }
        for table in self.plan.tables {
            positions::fill(table, &mut flat[table.offset..][..table.values()]);
        }
        Cow::Owned(flat)
    }

    /// Where a parameter's values are, or its codes.
    fn at(&self, param: &Param) -> Result<Range<usize>, &Packed> {
        if self.places.is_empty() {
            return Ok(param.range());
        }
        match Place::find(&self.places, param.offset) {
            At::Values(start) => Ok(*start..start + param.len()),
            At::Packed(packed) => Err(packed),
            At::Panels(_) => unreachable!("a handle has panels"),
        }
    }

    /// Where the values of a parameter are that is not packed.
    fn range_of(&self, param: &Param) -> Range<usize> {
        self.at(param).unwrap_or_else(|packed| unreachable!("`{}` is held as {packed:?}", param.name))
    }

    fn values_of(&self, param: &Param) -> Cow<'_, [f32]> {
        match self.at(param) {
            Ok(range) => Cow::Borrowed(&self.values[range]),
            Err(packed) => {
                let mut values = vec![0.0; param.len()];
                in_default_environment(|| packed.decode(&mut values));
                Cow::Owned(values)
            }
        }
    }
}

/// A buffer that a network lends, until it is dropped.
pub(crate) struct Lent<'a> {
    buffer: Buffer<f32>,
    held: &'a Held,
}

impl Deref for Lent<'_> {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.buffer
    }
}

impl DerefMut for Lent<'_> {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.buffer
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(mut idle) = self.held.idle() {
            idle.push(core::mem::take(&mut self.buffer));
        }
    }
}

/// The format in which a network of precision `P` stores a parameter.
pub(crate) fn format_of<P: Precision>(param: &Param) -> Format {
    P::format(param).of(param)
}

/// Whether a network of precision `P` holds the codes of a parameter, and not its values.
fn is_packed<P: Precision>(param: &Param) -> bool {
    format_of::<P>(param) != Format::F32 && param.role == Role::Weight && param.shape.len() > 1
}

/// The format that a network of precision `D` stores a tensor in, other than F32.
fn other_format<D: Precision>(param: &Param) -> Option<Format> {
    Some(format_of::<D>(param)).filter(|&format| format != Format::F32)
}

impl Weights {
    /// Weights drawn from a seed.
    ///
    /// # Panics
    /// Where the plan cannot run: see [`PlanExt::check`](crate::plan::PlanExt::check). Those of `network!` can.
    pub fn new(plan: &'static Plan, init: Init, seed: Seed) -> Self {
        let mut weights = Weights::zeroed(plan);
        weights.initialise(init, seed);
        weights
    }

    /// Draws every parameter anew.
    pub fn initialise(&mut self, init: Init, seed: Seed) {
        let Held { plan, values, .. } = &mut self.held;
        in_default_environment(|| {
            for (index, param) in plan.params.iter().enumerate() {
                initialise(init, seed, index, param, &mut values[param.range()]);
            }
        });
    }

    /// Replaces the values of a tensor of the plan.
    ///
    /// ```
    /// use loom::prelude::*;
    ///
    /// network! { struct Line { Dense<2, 1> } }
    ///
    /// let mut net = Line::new(Seed(42));
    /// net.weights_mut().set(&Line::PLAN.params[0], [3.0, 0.5].into_iter())?;
    /// net.weights_mut().set(&Line::PLAN.params[1], [1.0].into_iter())?;
    /// assert_eq!(net.forward(&[1.0, 2.0]), [5.0]);
    /// # Ok::<(), loom::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::ForeignParam`] where the tensor is not the plan's; [`Error::Values`] where there are not as many values as the
    /// tensor has; [`Error::Weight`] where one is infinite or not a number. Then nothing changes.
    pub fn set(
        &mut self,
        param: &'static Param,
        values: impl ExactSizeIterator<Item = f32> + Clone,
    ) -> Result<(), Error> {
        self.check_own(param)?;
        self.store(param, values)
    }

    /// The flat buffer, padding included.
    pub fn values(&self) -> &[f32] {
        &self.held.values
    }

    /// The flat buffer, padding and tables included, for an optimizer of your own, which moves the first
    /// [`Plan::trained_len`]. What is written must be flushed, by [`Arith::flush`](crate::numerics::arith::Arith::flush), for one answer on
    /// every device; padding must stay 0.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.held.values
    }

    /// The weights in another format, each rounded to the nearest value that it has. See [`crate::dtype`].
    ///
    /// # Errors
    /// [`Error::Weight`] where a weight is infinite or not a number.
    pub fn quantize<D: Precision>(&self) -> Result<Weights<D>, Error> {
        self.quantize_with(&Rounding::new())
    }

    /// The weights in another format, rounded as the options say.
    ///
    /// # Errors
    /// [`Error::Weight`] where a weight is infinite or not a number; [`Error::Rounding`] where the format has no use for an
    /// option.
    pub fn quantize_with<D: Precision>(&self, rounding: &Rounding) -> Result<Weights<D>, Error> {
        self.check_finite()?;
        round(self.held.plan, &self.held.values, &other_format::<D>, rounding).and_then(|rounded| self.rounded(rounded))
    }

    /// The weights in another format, rounded so that the outputs for some samples stay near to what they are.
    pub(crate) fn quantize_calibrated<D: Precision>(
        &self,
        rounding: &Rounding,
        cpu: &Cpu,
        samples: usize,
        load: &mut dyn FnMut(Range<usize>, &mut [f32]),
    ) -> Result<Weights<D>, Error> {
        self.check_finite()?;
        let Held { plan, values, .. } = &self.held;
        in_default_environment(|| {
            round_calibrated(plan, values, &other_format::<D>, rounding, cpu, samples, load)
                .and_then(|rounded| self.rounded(rounded))
        })
    }

    /// Weights with these values and encodings.
    fn rounded<D: Precision>(&self, rounded: Rounded) -> Result<Weights<D>, Error> {
        let mut weights = Weights::zeroed(self.held.plan);
        for (param, encoded) in self.held.plan.params.iter().zip(rounded.encoded) {
            match encoded {
                Some(encoded) => weights.encode(param, &encoded),
                None => weights.store(param, rounded.values[param.range()].iter().copied())?,
            }
        }
        Ok(weights)
    }
}

impl<P: Precision> Weights<P> {
    /// All zeros, to be filled. What is packed is not there yet.
    ///
    /// # Panics
    /// Where the plan cannot run.
    pub(crate) fn zeroed(plan: &'static Plan) -> Self {
        assert_runs(plan);
        let mut held = Held { plan, values: Buffer::default(), places: Vec::new(), idle: Mutex::default() };
        if plan.params.iter().any(is_packed::<P>) {
            let params = plan.params.iter().filter(|param| !is_packed::<P>(param));
            let mut len = 0;
            let lengths = params.map(|param| (param.offset, param.len()));
            held.places.reserve_exact(plan.params.len() + plan.tables.len());
            for (offset, own) in lengths.chain(plan.tables.iter().map(|table| (table.offset, table.values()))) {
                held.places.push(Place { offset, at: At::Values(len) });
                len += own;
            }
            held.places.sort_unstable_by_key(|place| place.offset);
            held.values = Buffer::zeroed(len);
        } else {
            held.values = Buffer::zeroed(plan.weights_len);
        }
        for table in plan.tables {
            let start = match held.places.is_empty() {
                true => table.offset,
                false => match Place::find(&held.places, table.offset) {
                    At::Values(start) => *start,
                    _ => unreachable!("a table is not packed"),
                },
            };
            positions::fill(table, &mut held.values[start..][..table.values()]);
        }
        Weights { held, precision: PhantomData }
    }

    /// Sets a tensor that is stored as F32.
    pub(crate) fn store(
        &mut self,
        param: &'static Param,
        values: impl ExactSizeIterator<Item = f32> + Clone,
    ) -> Result<(), Error> {
        let (expected, found) = (param.len(), values.len());
        if found != expected {
            return Err(Error::Values { tensor: param.name, shape: param.shape, expected, found });
        }
        if let Some((index, value)) = values.clone().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(Error::Weight { tensor: param.name, index, value });
        }
        let range = self.held.range_of(param);
        for (to, value) in self.held.values[range].iter_mut().zip(values) {
            *to = Fused::flush(value);
        }
        Ok(())
    }

    /// Sets a tensor that is stored in another format.
    pub(crate) fn encode(&mut self, param: &'static Param, encoded: &Encoded) {
        let held = &mut self.held;
        if !is_packed::<P>(param) {
            let range = held.range_of(param);
            return encoded.decode(&mut held.values[range]);
        }
        let packed = in_default_environment(|| Packed::new(encoded));
        let (offset, at) = (param.offset, At::Packed(packed.into()));
        match held.places.binary_search_by_key(&offset, |place| place.offset) {
            Ok(index) => held.places[index].at = at,
            Err(index) => held.places.insert(index, Place { offset, at }),
        }
    }

    /// A tensor of [`Plan::params`] as files hold it; none for one that is stored as F32.
    ///
    /// ```
    /// use loom::dtype::I8;
    /// use loom::prelude::*;
    ///
    /// network! { struct Xor { Dense<2, 8> -> Tanh -> Dense<8, 1> } }
    ///
    /// let small: Xor<I8> = Xor::new(Seed(42)).quantize()?;
    /// let weight = small.weights().encoded(&Xor::PLAN.params[0])?;
    /// assert_eq!(weight.map(|weight| weight.parts().scale.len()), Some(8));
    /// let bias = small.weights().encoded(&Xor::PLAN.params[1])?;
    /// assert_eq!(bias, None);
    /// # Ok::<(), loom::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::ForeignParam`] where the tensor is not the plan's.
    pub fn encoded(&self, param: &Param) -> Result<Option<Encoded>, Error> {
        self.check_own(param)?;
        Ok(self.encoding(param))
    }

    /// As [`encoded`](Self::encoded), for a tensor that is known to be the plan's.
    pub(crate) fn encoding(&self, param: &Param) -> Option<Encoded> {
        let format = format_of::<P>(param);
        (format != Format::F32).then(|| match self.held.at(param) {
            Ok(range) => Encoded::encode(format, param.rows(), param.columns(), &self.held.values[range]),
            Err(packed) => packed.encoded(),
        })
    }

    /// Whether a tensor is one of the plan's.
    fn check_own(&self, param: &Param) -> Result<(), Error> {
        if self.held.plan.params.contains(param) {
            return Ok(());
        }
        let Param { name: tensor, shape, .. } = *param;
        Err(Error::ForeignParam { network: self.held.plan.name, tensor, shape })
    }

    /// Whether every weight is finite: what is not is never saved, so that a file that was good stays so. What is packed is.
    pub(crate) fn check_finite(&self) -> Result<(), Error> {
        for param in self.held.plan.params {
            let values = self.held.at(param).map_or(&[][..], |range| &self.held.values[range]);
            if let Some((index, &value)) = values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
                return Err(Error::Weight { tensor: param.name, index, value });
            }
        }
        Ok(())
    }

    /// Bits of codes, scales and zero points for each weight of the tensors that are not stored as F32; 32 where all are.
    pub fn bits_per_weight(&self) -> f64 {
        let (mut weights, mut bytes) = (0, 0);
        for (param, format) in self.formats().filter(|(_, format)| *format != Format::F32) {
            weights += param.len();
            bytes += self.held.at(param).map_or_else(Packed::bytes, |range| range.len() * format.bits() / 8);
        }
        if weights == 0 { 32.0 } else { in_default_environment(|| 8.0 * bytes as f64 / weights as f64) }
    }

    /// The values of a tensor that is stored as F32.
    pub(crate) fn stored(&self, param: &Param) -> &[f32] {
        &self.held.values[self.held.range_of(param)]
    }

    pub(crate) fn held(&self) -> &Held {
        &self.held
    }

    /// Each tensor with the format that it is stored in.
    pub fn formats(&self) -> impl Iterator<Item = (&'static Param, Format)> {
        self.plan().params.iter().map(|param| (param, format_of::<P>(param)))
    }

    /// The plan that lays the parameters out.
    pub fn plan(&self) -> &'static Plan {
        self.held.plan
    }

    /// Each tensor with its values, in the order of the stack; those of packed ones are decoded one after the other.
    ///
    /// ```
    /// use loom::prelude::*;
    ///
    /// let net = network![Dense<2, 8> -> Tanh -> Dense<8, 1>];
    /// let names: Vec<_> = net.weights().tensors().map(|(param, _)| param.name).collect();
    /// assert_eq!(names, ["0.weight", "0.bias", "2.weight", "2.bias"]);
    /// ```
    pub fn tensors(&self) -> impl Iterator<Item = (&'static Param, Cow<'_, [f32]>)> {
        self.held.plan.params.iter().map(|param| (param, self.held.values_of(param)))
    }

    /// The values of the tensor of that name, in PyTorch's layout; decoded where they are packed.
    pub fn get(&self, name: &str) -> Option<Cow<'_, [f32]>> {
        self.held.plan.params.iter().find(|param| param.name == name).map(|param| self.held.values_of(param))
    }

    /// SHA-256 over the little-endian bytes of every weight, in the order of the stack: equal for equal bits. In
    /// a format other than F32 these are the values that are computed with.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hash = Sha256::new();
        for (_, values) in self.tensors() {
            // Not value by value: that takes almost half as long again.
            for part in values.chunks(256) {
                hash.update(part.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>());
            }
        }
        Fingerprint(hash.finalize())
    }
}

impl<P: Precision> Clone for Weights<P> {
    fn clone(&self) -> Self {
        let Held { plan, values, places, .. } = &self.held;
        let held = Held { plan, values: values.clone(), places: places.clone(), idle: Mutex::default() };
        Weights { held, precision: PhantomData }
    }
}

/// Equal for equal bits of every parameter, scales and zero points included.
impl<P: Precision> PartialEq for Weights<P> {
    fn eq(&self, other: &Self) -> bool {
        self.held.plan.params == other.held.plan.params
            && self.held.places == other.held.places
            && bytemuck::cast_slice::<f32, u32>(&self.held.values)
                == bytemuck::cast_slice::<f32, u32>(&other.held.values)
    }
}

impl<P: Precision> fmt::Debug for Weights<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Weights")
            .field("network", &self.held.plan.name)
            .field("parameters", &self.held.plan.parameters())
            .finish()
    }
}

/// [`Weights`] that are known to be a network's own: made for the plan of `N`. A network holds its weights so, which keeps those of
/// other networks out of it.
///
/// ```
/// use loom::WeightsOf;
/// use loom::prelude::*;
///
/// network! { struct Xor { Dense<2, 8> -> Tanh -> Dense<8, 1> } }
///
/// let (mut a, b) = (Xor::new(Seed(1)), Xor::new(Seed(2)));
/// *a.weights_mut() = WeightsOf::new(b.weights().clone())?;
/// assert_eq!(a.fingerprint(), b.fingerprint());
///
/// let other = network![Dense<2, 8> -> Relu -> Dense<8, 1>];
/// let error = WeightsOf::<Xor>::new(other.weights().clone()).expect_err("they are another network's");
/// assert!(matches!(error, loom::Error::ForeignWeights { network: "Xor", .. }));
/// # Ok::<(), loom::Error>(())
/// ```
pub struct WeightsOf<N, P: Precision = F32> {
    weights: Weights<P>,
    network: PhantomData<fn() -> N>,
}

impl<N: Model<Precision = P>, P: Precision> WeightsOf<N, P> {
    /// Weights as those of `N`.
    ///
    /// # Errors
    /// [`Error::ForeignWeights`] where they were made for another plan.
    ///
    /// # Panics
    /// Where the samples of a network written by hand are not as long as those of its plan.
    pub fn new(weights: Weights<P>) -> Result<Self, Error> {
        let (plan, found) = (N::PLAN, weights.plan());
        if !core::ptr::eq(plan, found) && plan != found {
            return Err(Error::ForeignWeights { network: plan.name, found: found.name });
        }
        Ok(WeightsOf::of(weights))
    }

    /// Weights of the plan of `N`. All that runs `N` relies on the lengths that the plan gives.
    fn of(weights: Weights<P>) -> Self {
        let (plan, lens) = (N::PLAN, [N::Input::LEN, N::Output::LEN]);
        let planned = [plan.input_slot().len, plan.output_slot().len];
        assert_eq!(lens, planned, "samples of `{}` are as long as its plan's", plan.name);
        WeightsOf { weights, network: PhantomData }
    }

    /// All zeros: see [`Weights::zeroed`].
    pub(crate) fn zeroed() -> Self {
        WeightsOf::of(Weights::zeroed(N::PLAN))
    }
}

impl<N> WeightsOf<N> {
    /// As [`Weights::initialise`].
    pub fn initialise(&mut self, init: Init, seed: Seed) {
        self.weights.initialise(init, seed);
    }

    /// As [`Weights::set`].
    ///
    /// # Errors
    /// As by that.
    pub fn set(
        &mut self,
        param: &'static Param,
        values: impl ExactSizeIterator<Item = f32> + Clone,
    ) -> Result<(), Error> {
        self.weights.set(param, values)
    }

    /// As [`Weights::values_mut`].
    pub fn values_mut(&mut self) -> &mut [f32] {
        self.weights.values_mut()
    }

    /// The weights, in whose place others of the same plan may be put.
    pub(crate) fn inner_mut(&mut self) -> &mut Weights {
        &mut self.weights
    }
}

impl<N, P: Precision> Deref for WeightsOf<N, P> {
    type Target = Weights<P>;

    fn deref(&self) -> &Weights<P> {
        &self.weights
    }
}

impl<N, P: Precision> Clone for WeightsOf<N, P> {
    fn clone(&self) -> Self {
        WeightsOf { weights: self.weights.clone(), network: PhantomData }
    }
}

/// As of [`Weights`].
impl<N, P: Precision> PartialEq for WeightsOf<N, P> {
    fn eq(&self, other: &Self) -> bool {
        self.weights == other.weights
    }
}

impl<N, P: Precision> fmt::Debug for WeightsOf<N, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.weights.fmt(f)
    }
}
