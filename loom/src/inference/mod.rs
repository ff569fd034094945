//! How a device runs a network for inference; the CPU.

use crate::dtype::{F32, Precision};
use crate::error::Error;
use crate::kernels::parameters::{Parameters, Place};
use crate::layers::operator::Mode;
use crate::numerics::environment::in_default_environment;
use crate::plan::Plan;
use crate::run::cpu::{Cpu, with_fma_mode};
use crate::run::exec::{Keep, Pass, infer};
use crate::run::sample::{Sample, Scalar, are_flushed, try_zeroed_box};
use crate::weights::WeightsOf;
use crate::weights::model::Model;
use crate::weights::quantize::{Calibration, Rounding};
use core::fmt;
use core::ops::Range;
use core::slice;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::OnceLock;

/// Samples that inference takes through the network at a time: as many as have activations of no more than so many bytes, but not
/// fewer or more than these. It bounds memory and changes no bit of a result.
const INFERENCE_BYTES: usize = 16 << 20;
const FEWEST_SAMPLES: usize = 64;
const MOST_SAMPLES: usize = 1024;

/// A network on a device.
pub trait Runner<N: Model>: fmt::Debug + Send + Sync {
    /// The output for one sample, which is small enough to be passed by value.
    fn by_value(&self, input: &N::Input) -> Result<N::Output, Error> {
        let mut output = try_zeroed_box::<N::Output>()?;
        self.infer_into(slice::from_ref(input), 1.0, slice::from_mut(&mut *output))?;
        Ok(*output)
    }

    /// Writes the outputs for as many samples, each value times `scale`.
    fn infer_into<X: Sample<AsF32 = N::Input>>(
        &self,
        inputs: &[X],
        scale: f32,
        outputs: &mut [N::Output],
    ) -> Result<(), Error>;
}

/// A network on a [`Cpu`].
#[derive(Debug)]
pub struct CpuRunner<'a, N> {
    network: &'a N,
    cpu: &'a Cpu,
    /// Calls so far, of which the second packs. Those behind it are not counted, but for some of other threads at that moment.
    calls: AtomicUsize,
    packed: OnceLock<Option<Vec<Place>>>,
}

impl<N: Model> Runner<N> for CpuRunner<'_, N> {
    fn by_value(&self, input: &N::Input) -> Result<N::Output, Error> {
        let len = Keep::Live.len(N::PLAN, 1);
        let mut lent = self.network.own_weights().held().lend(len + N::Output::LEN)?;
        let (activations, output) = lent.split_at_mut(len);
        let output = &mut output[..N::Output::LEN];
        self.infer(slice::from_ref(input), 1.0, (activations, output));
        // Read in its place: a variable would be one more array on the stack of a debug build.
        Ok(*bytemuck::from_bytes(bytemuck::cast_slice(output)))
    }

    fn infer_into<X: Sample<AsF32 = N::Input>>(
        &self,
        inputs: &[X],
        scale: f32,
        outputs: &mut [N::Output],
    ) -> Result<(), Error> {
        let len = Keep::Live.len(N::PLAN, inputs.len().min(samples_at_once(N::PLAN)));
        let mut activations = self.network.own_weights().held().lend(len)?;
        self.infer(inputs, scale, (&mut activations, N::Output::flat_mut(outputs)));
        Ok(())
    }
}

impl<'a, N: Model> CpuRunner<'a, N> {
    pub(crate) fn new(network: &'a N, cpu: &'a Cpu) -> Self {
        CpuRunner { network, cpu, calls: AtomicUsize::new(0), packed: OnceLock::new() }
    }

    /// The network in another number format.
    pub(crate) fn quantize_calibrated<D: Precision>(
        &self,
        rounding: &Rounding,
        inputs: &[impl Sample<AsF32 = N::Input>],
        scale: f32,
    ) -> Result<N::In<D>, Error>
    where
        N: Model<Precision = F32>,
    {
        let weights = self.network.own_weights();
        let load = &mut |part, to: &mut [f32]| self.load(inputs, scale, part, to);
        weights
            .quantize_calibrated(rounding, self.cpu, inputs.len(), load)
            .and_then(WeightsOf::new)
            .map(N::In::<D>::from_own)
    }

    /// What the inputs of the network's layers are like.
    pub(crate) fn calibration(&self, inputs: &[impl Sample<AsF32 = N::Input>], scale: f32) -> Result<Calibration, Error>
    where
        N: Model<Precision = F32>,
    {
        let load = &mut |part, to: &mut [f32]| self.load(inputs, scale, part, to);
        Calibration::of(N::PLAN, self.network.own_weights().values(), self.cpu, inputs.len(), load)
    }

    /// Writes a range of samples, each value times `scale`.
    fn load<X: Sample>(&self, inputs: &[X], scale: f32, part: Range<usize>, to: &mut [f32]) {
        let from = &X::flat(inputs)[part.start * X::LEN..part.end * X::LEN];
        self.cpu.threads.zip_mut(from, to, |from, to| X::Scalar::load(from, scale, to));
    }

    /// Writes the outputs for samples: `room` is for activations of as many as are taken at a time, and for the outputs.
    fn infer<X: Sample>(&self, inputs: &[X], scale: f32, room: (&mut [f32], &mut [f32])) {
        let held = self.network.own_weights().held();
        // Read first: threads that share a handle would take the line from each other by writing it.
        let calls = match self.calls.load(Ordering::Relaxed) {
            0 | 1 => self.calls.fetch_add(1, Ordering::Relaxed),
            more => more,
        };
        if calls == 1 && self.cpu.reads_panels() {
            // Nobody waits for it: a child that is forked meanwhile would wait for ever.
            let _ = self.packed.set(held.panels());
        }
        let parameters = match self.packed.get().and_then(Option::as_ref) {
            Some(places) => held.parameters_with(places),
            None => held.parameters(),
        };
        let part_of = |part: Range<usize>| &X::flat(inputs)[part.start * X::LEN..part.end * X::LEN];
        let lie = |part| {
            let values = X::Scalar::as_f32(part_of(part)).filter(|_| scale == 1.0);
            values.filter(|values| are_flushed(&self.cpu.threads, values))
        };
        let load = &mut |part, to: &mut [f32]| self.load(inputs, scale, part, to);
        infer_in_parts(held.plan, parameters, self.cpu, inputs.len(), &lie, load, room);
    }
}

/// How many samples inference takes through a network at a time.
fn samples_at_once(plan: &Plan) -> usize {
    let bytes = Keep::Live.len(plan, 1).saturating_mul(size_of::<f32>());
    (INFERENCE_BYTES / bytes.max(1)).clamp(FEWEST_SAMPLES, MOST_SAMPLES)
}

/// Takes samples through the network, some at a time: `lie` tells where the inputs of a range of samples lie as they are to be read;
/// else `load` writes them. Not generic, so that the kernels are compiled in this crate.
fn infer_in_parts<'a>(
    plan: &Plan,
    parameters: Parameters<'_, f32>,
    cpu: &Cpu,
    samples: usize,
    lie: &dyn Fn(Range<usize>) -> Option<&'a [f32]>,
    load: &mut dyn FnMut(Range<usize>, &mut [f32]),
    (activations, outputs): (&mut [f32], &mut [f32]),
) {
    let most = samples_at_once(plan);
    in_default_environment(|| {
        for start in (0..samples).step_by(most) {
            let part = start..samples.min(start + most);
            let pass = Pass { plan, batch: part.len(), mode: Mode::Inference, threads: &cpu.threads };
            let input = lie(part.clone());
            if input.is_none() {
                load(part.clone(), &mut activations[Keep::Live.input(plan, part.len())]);
            }
            let output = &mut outputs[part.start * plan.output_slot().len..part.end * plan.output_slot().len];
            with_fma_mode!(cpu.fma_mode, infer(pass, parameters, activations, input, output));
        }
    });
}
