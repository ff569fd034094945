//! Inference on the CPU.

use crate::cpu::{Cpu, with_flavour};
use crate::dtype::{F32, Precision};
use crate::environment::in_default_environment;
use crate::error::Error;
use crate::exec::{Keep, Pass, infer};
use crate::model::Model;
use crate::operator::Mode;
use crate::parameters::{Parameters, Place};
use crate::plan::Plan;
use crate::quantize::{Calibration, Rounding};
use crate::sample::{FORWARD_BOXED, Sample, Scalar, are_snapped, assert_by_value, try_zeroed_vec};
use crate::weights::WeightsOf;
use core::ops::Range;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::OnceLock;

/// Samples that inference takes through the network at a time: as many as have activations of no more than so many bytes, but not
/// fewer or more than these. It bounds memory and changes no bit of a result.
const INFERENCE_BYTES: usize = 16 << 20;
const FEWEST_SAMPLES: usize = 64;
const MOST_SAMPLES: usize = 1024;

/// A network on a [`Cpu`], for inference.
///
/// One that is asked again keeps a copy of the matrices of the network's `Dense` and recurrent layers, packed as products
/// read them, if that takes 16 MiB at most. It changes no bit of a result.
#[derive(Debug)]
pub struct On<'a, N> {
    network: &'a N,
    cpu: &'a Cpu,
    /// Calls so far, of which the second packs. Those behind it are not counted, but for some of other threads at that moment.
    calls: AtomicUsize,
    packed: OnceLock<Option<Vec<Place>>>,
}

impl<'a, N> On<'a, N> {
    pub(crate) fn new(network: &'a N, cpu: &'a Cpu) -> Self {
        On { network, cpu, calls: AtomicUsize::new(0), packed: OnceLock::new() }
    }
}

impl<N: Model> On<'_, N> {
    /// The output for one sample, as by [`Network::forward`](crate::Network::forward): what has more than [`MAX_BY_VALUE`](crate::MAX_BY_VALUE) bytes does
    /// not compile.
    ///
    /// # Panics
    /// Where there is no memory for the activations.
    pub fn forward(&self, input: &N::Input) -> N::Output {
        const { assert_by_value::<N::Output>(FORWARD_BOXED) };
        self.by_value(input)
    }

    /// [`forward`](Self::forward) of an output that is small enough.
    pub(crate) fn by_value(&self, input: &N::Input) -> N::Output {
        let len = Keep::Live.len(N::PLAN, 1);
        let lent = self.network.own_weights().held().lend(len + N::Output::LEN);
        let mut lent = lent.unwrap_or_else(|error| panic!("{error}"));
        let (activations, output) = lent.split_at_mut(len);
        let output = &mut output[..N::Output::LEN];
        self.infer(core::slice::from_ref(input), 1.0, (activations, output));
        // Read in its place: a variable would be one more array on the stack of a debug build.
        *bytemuck::from_bytes(bytemuck::cast_slice(output))
    }

    /// The output for one sample, on the heap.
    ///
    /// # Panics
    /// Where there is no memory for the output or the activations.
    pub fn forward_boxed(&self, input: &N::Input) -> Box<N::Output> {
        let mut output = N::Output::zeroed_box();
        let outputs = core::slice::from_mut(&mut *output);
        self.forward_into(core::slice::from_ref(input), outputs).unwrap_or_else(|error| panic!("{error}"));
        output
    }

    /// The outputs for samples, in order.
    ///
    /// # Errors
    /// [`Error::Memory`] where there is no memory for the outputs or the activations.
    pub fn forward_batch(&self, inputs: &[N::Input]) -> Result<Vec<N::Output>, Error> {
        self.forward_scaled(inputs, 1.0)
    }

    /// Writes the outputs for samples, in order: as [`forward_batch`](Self::forward_batch), into memory that is there.
    ///
    /// ```
    /// use loom::prelude::*;
    ///
    /// let (net, cpu) = (network![Dense<2, 8> -> Tanh -> Dense<8, 1>], Cpu::new());
    /// let (handle, mut outputs) = (net.on(&cpu), [[0.0]; 2]);
    /// handle.forward_into(&[[0.0, 1.0], [1.0, 1.0]], &mut outputs)?;
    /// assert_eq!(outputs[1], handle.forward(&[1.0, 1.0]));
    /// # Ok::<(), loom::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Outputs`] where there are not as many outputs as inputs; [`Error::Memory`] where there is no memory for the
    /// activations.
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
    /// [`Error::Memory`] where there is no memory for the outputs or the activations.
    pub fn forward_scaled<X: Sample<AsF32 = N::Input>>(
        &self,
        inputs: &[X],
        scale: f32,
    ) -> Result<Vec<N::Output>, Error> {
        let mut outputs = try_zeroed_vec::<N::Output>(inputs.len(), "outputs")?;
        self.infer_into(inputs, scale, &mut outputs)?;
        Ok(outputs)
    }

    /// The network in another number format, as by [`Network::quantize_calibrated`](crate::Network::quantize_calibrated).
    ///
    /// # Errors
    /// As by that.
    pub fn quantize_calibrated<D: Precision>(
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

    /// What the inputs of the network's layers are like for these samples, each value times `scale`.
    ///
    /// # Errors
    /// [`Error::EmptyData`] or [`Error::Input`] where inputs are none, infinite or not numbers.
    pub fn calibration(&self, inputs: &[impl Sample<AsF32 = N::Input>], scale: f32) -> Result<Calibration, Error>
    where
        N: Model<Precision = F32>,
    {
        let load = &mut |part, to: &mut [f32]| self.load(inputs, scale, part, to);
        Calibration::of(N::PLAN, self.network.own_weights().values(), self.cpu, inputs.len(), load)
    }

    /// Writes a range of samples, each value times `scale`.
    fn load<X: Sample>(&self, inputs: &[X], scale: f32, part: Range<usize>, to: &mut [f32]) {
        let from = &X::flat(inputs)[part.start * X::LEN..part.end * X::LEN];
        self.cpu.threads.zip_mut(from, to, |from, to| X::Element::load(from, scale, to));
    }

    fn infer_into<X: Sample>(&self, inputs: &[X], scale: f32, outputs: &mut [N::Output]) -> Result<(), Error> {
        let len = Keep::Live.len(N::PLAN, inputs.len().min(samples_at_once(N::PLAN)));
        let mut activations = self.network.own_weights().held().lend(len)?;
        self.infer(inputs, scale, (&mut activations, N::Output::flat_mut(outputs)));
        Ok(())
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
            let values = X::Element::as_f32(part_of(part)).filter(|_| scale == 1.0);
            values.filter(|values| are_snapped(&self.cpu.threads, values))
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
            let output = &mut outputs[part.start * plan.output_slot.len..part.end * plan.output_slot.len];
            with_flavour!(cpu.flavour, infer(pass, parameters, activations, input, output));
        }
    });
}
