//! Inference on a GPU.

use super::packed::{Stored, packed_words};
use super::session::{Session, bytes};
use super::{Gpu, GpuError};
use crate::dtype::{Format, Precision};
use crate::error::Error;
use crate::inference::Runner;
use crate::layers::operator::Mode;
use crate::numerics::environment::in_default_environment;
use crate::plan::{Param, Plan};
use crate::run::sample::{Sample, Scalar};
use crate::weights::Weights;
use crate::weights::model::Model;
use core::ops::Range;
use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

/// Bytes of activations that inference asks for at a time, where a single sample takes no more.
const ACTIVATION_BYTES: u64 = 64 << 20;

/// A network on a GPU: its weights are uploaded and its kernels made at the first call, and kept.
pub struct GpuRunner<'a, N> {
    gpu: &'a Gpu,
    network: &'a N,
    plan: &'static Plan,
    /// The samples of a call and the session for as many, once there was a call.
    session: Mutex<Option<Session>>,
}

impl<N> core::fmt::Debug for GpuRunner<'_, N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("GpuRunner").field("network", &self.plan.name).field("gpu", &self.gpu.name()).finish()
    }
}

impl<'a, N: Model> GpuRunner<'a, N> {
    pub(crate) fn new(network: &'a N, gpu: &'a Gpu) -> Self {
        GpuRunner { gpu, network, plan: N::PLAN, session: Mutex::new(None) }
    }
}

impl<N: Model> Runner<N> for GpuRunner<'_, N> {
    fn infer_into<X: Sample<AsF32 = N::Input>>(
        &self,
        inputs: &[X],
        scale: f32,
        outputs: &mut [N::Output],
    ) -> Result<(), Error> {
        if inputs.is_empty() {
            return Ok(());
        }
        let make = |capacity| session(self.gpu, self.network.own_weights(), capacity);
        let load = &mut |part: Range<usize>, to: &mut [f32]| {
            X::Scalar::load(&X::flat(inputs)[part.start * X::LEN..part.end * X::LEN], scale, to);
        };
        in_default_environment(|| self.infer(&make, N::Output::flat_mut(outputs), load))?;
        Ok(())
    }
}

impl<N> GpuRunner<'_, N> {
    /// Takes samples through the network, some at a time: `make` gives a session for so many samples, and `load` writes the
    /// inputs of a range of samples.
    fn infer(
        &self,
        make: &dyn Fn(usize) -> Result<Session, GpuError>,
        outputs: &mut [f32],
        load: &mut dyn FnMut(Range<usize>, &mut [f32]),
    ) -> Result<(), GpuError> {
        let plan = self.plan;
        let (samples, output_len) = (outputs.len() / plan.output_slot().len, plan.output_slot().len);
        let most = (ACTIVATION_BYTES / bytes(plan.train_len)).max(1) as usize;
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = samples.min(most);
        if session.as_ref().is_none_or(|session| session.capacity < wanted) {
            *session = Some(make(wanted)?);
        }
        let Some(session) = session.as_ref() else { return Ok(()) };
        let mut inputs = vec![0.0; wanted * plan.input_slot().len];
        for start in (0..samples).step_by(most) {
            let part = start..samples.min(start + most);
            let inputs = &mut inputs[..part.len() * plan.input_slot().len];
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
