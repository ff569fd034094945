//! Inference on a GPU.

use super::packed::{Stored, packed_words};
use super::session::{Session, bytes};
use super::{Gpu, GpuError};
use crate::dtype::{Format, Precision};
use crate::environment::in_default_environment;
use crate::error::Error;
use crate::model::Model;
use crate::operator::Mode;
use crate::plan::{Param, Plan};
use crate::sample::{FORWARD_BOXED, Sample, Scalar, assert_by_value, try_zeroed_box, try_zeroed_vec};
use crate::weights::Weights;
use core::ops::Range;
use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

/// Bytes of activations that inference asks for at a time, where a single sample takes no more.
const ACTIVATION_BYTES: u64 = 64 << 20;

/// A network on a GPU, for inference: its weights are uploaded and its kernels made at the first call, and kept. Weights that
/// are stored in a format other than F32 are uploaded as they are, and its kernels decode them.
///
/// ```no_run
/// use loom::prelude::*;
///
/// let net = network![Dense<2, 8> -> Tanh -> Dense<8, 1>];
/// let gpu = Gpu::new()?;
/// let on_gpu = net.on(&gpu);
/// let output: [f32; 1] = on_gpu.forward(&[0.0, 1.0])?;
/// # Ok::<(), loom::Error>(())
/// ```
pub struct OnGpu<'a, N> {
    gpu: &'a Gpu,
    network: &'a N,
    plan: &'static Plan,
    /// The samples of a call and the session for as many, once there was a call.
    session: Mutex<Option<Session>>,
}

impl<N> core::fmt::Debug for OnGpu<'_, N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("OnGpu").field("network", &self.plan.name).field("gpu", &self.gpu.name()).finish()
    }
}

impl<'a, N: Model> OnGpu<'a, N> {
    pub(crate) fn new(network: &'a N, gpu: &'a Gpu) -> Self {
        OnGpu { gpu, network, plan: N::PLAN, session: Mutex::new(None) }
    }

    /// The output for one sample, as by [`Network::forward`](crate::Network::forward): what has more than [`MAX_BY_VALUE`](crate::MAX_BY_VALUE) bytes does
    /// not compile.
    ///
    /// # Errors
    /// [`Error::Gpu`].
    pub fn forward(&self, input: &N::Input) -> Result<N::Output, Error> {
        const { assert_by_value::<N::Output>(FORWARD_BOXED) };
        Ok(*self.forward_boxed(input)?)
    }

    /// The output for one sample, on the heap.
    ///
    /// # Errors
    /// [`Error::Gpu`] and [`Error::Memory`].
    pub fn forward_boxed(&self, input: &N::Input) -> Result<Box<N::Output>, Error> {
        let mut output = try_zeroed_box::<N::Output>()?;
        self.forward_into(core::slice::from_ref(input), core::slice::from_mut(&mut *output))?;
        Ok(output)
    }

    /// The outputs for samples, in order.
    ///
    /// # Errors
    /// [`Error::Gpu`] and [`Error::Memory`].
    pub fn forward_batch(&self, inputs: &[N::Input]) -> Result<Vec<N::Output>, Error> {
        self.forward_scaled(inputs, 1.0)
    }

    /// Writes the outputs for samples, in order: as [`forward_batch`](Self::forward_batch), into memory that is there.
    ///
    /// # Errors
    /// [`Error::Outputs`] where there are not as many outputs as inputs, and [`Error::Gpu`].
    pub fn forward_into(&self, inputs: &[N::Input], outputs: &mut [N::Output]) -> Result<(), Error> {
        if inputs.len() != outputs.len() {
            return Err(Error::Outputs { inputs: inputs.len(), outputs: outputs.len() });
        }
        self.infer_into(inputs, 1.0, outputs)
    }

    /// The outputs for samples of any element type that goes into an `f32`, such as images of bytes, each value times
    /// `scale`.
    ///
    /// # Errors
    /// [`Error::Gpu`] and [`Error::Memory`].
    pub fn forward_scaled<X: Sample<AsF32 = N::Input>>(
        &self,
        inputs: &[X],
        scale: f32,
    ) -> Result<Vec<N::Output>, Error> {
        let mut outputs = try_zeroed_vec::<N::Output>(inputs.len(), "outputs")?;
        self.infer_into(inputs, scale, &mut outputs)?;
        Ok(outputs)
    }

    fn infer_into<X: Sample>(&self, inputs: &[X], scale: f32, outputs: &mut [N::Output]) -> Result<(), Error> {
        let make = |capacity| session(self.gpu, self.network.own_weights(), capacity);
        let load = &mut |part: Range<usize>, to: &mut [f32]| {
            X::Element::load(&X::flat(inputs)[part.start * X::LEN..part.end * X::LEN], scale, to);
        };
        in_default_environment(|| self.infer(&make, N::Output::flat_mut(outputs), load))?;
        Ok(())
    }
}

impl<N> OnGpu<'_, N> {
    /// Takes samples through the network, some at a time: `make` gives a session for so many samples, and `load` writes the
    /// inputs of a range of samples.
    fn infer(
        &self,
        make: &dyn Fn(usize) -> Result<Session, GpuError>,
        outputs: &mut [f32],
        load: &mut dyn FnMut(Range<usize>, &mut [f32]),
    ) -> Result<(), GpuError> {
        let plan = self.plan;
        let (samples, output_len) = (outputs.len() / plan.output_slot.len, plan.output_slot.len);
        let most = (ACTIVATION_BYTES / bytes(plan.train_len)).max(1) as usize;
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = samples.min(most);
        if session.as_ref().is_none_or(|session| session.capacity < wanted) {
            *session = Some(make(wanted.max(1))?);
        }
        let Some(session) = session.as_ref() else { return Ok(()) };
        let mut inputs = vec![0.0; wanted * plan.input_slot.len];
        for start in (0..samples).step_by(most) {
            let part = start..samples.min(start + most);
            let inputs = &mut inputs[..part.len() * plan.input_slot.len];
            load(part.clone(), inputs);
            let found = session.run_forward(inputs, Mode::Inference)?;
            outputs[part.start * output_len..part.end * output_len].copy_from_slice(&found);
        }
        Ok(())
    }
}

/// A session with a network's weights, for batches of at most `capacity` samples.
fn session<P: Precision>(gpu: &Gpu, weights: &Weights<P>, capacity: usize) -> Result<Session, GpuError> {
    if weights.formats().all(|(_, format)| format == Format::F32) {
        return Session::new(gpu, weights.plan(), &weights.held().flat(), capacity);
    }
    let (words, places) = packed_words(weights.plan(), stored(weights));
    Session::packed(gpu, weights.plan(), (&words, &places), capacity)
}

/// Each tensor as it is stored.
fn stored<P: Precision>(weights: &Weights<P>) -> impl Iterator<Item = (&'static Param, Stored<'_>)> {
    weights.plan().params.iter().map(|param| match weights.encoding(param) {
        Some(encoded) => (param, Stored::Encoded(Cow::Owned(encoded))),
        None => (param, Stored::Values(weights.stored(param).into())),
    })
}
