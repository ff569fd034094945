//! A network on a device, for inference.

use crate::dtype::{F32, Precision};
use crate::error::Error;
use crate::inference::Runner;
use crate::run::cpu::Cpu;
use crate::run::sample::{FORWARD_BOXED, Sample, assert_by_value, try_zeroed_box, try_zeroed_vec};
use crate::training::device::Device;
use crate::weights::model::Model;
use crate::weights::quantize::{Calibration, Rounding};
use core::fmt;
use core::slice;

/// A network on a device, for inference: [`Network::on`](crate::Network::on). The calls are the same on every device,
/// so that code can be generic over it. The bits of the results are the same on devices of the same [`FmaMode`](crate::FmaMode).
///
/// ```
/// use loom::prelude::*;
///
/// fn outputs<N: Network, D: Device>(net: &N, device: &D, inputs: &[N::Input]) -> Result<Vec<N::Output>, loom::Error> {
///     net.on(device).forward_batch(inputs)
/// }
///
/// let net = network![Dense<2, 8> -> Tanh -> Dense<8, 1>];
/// let inputs = [[0.0, 1.0], [1.0, 1.0]];
/// let on_cpu = outputs(&net, &Cpu::new(), &inputs)?;
/// # #[cfg(feature = "gpu")]
/// if let Ok(gpu) = Gpu::new()
///     && gpu.fma_mode() == Some(FmaMode::Fused)
/// {
///     assert_eq!(outputs(&net, &gpu, &inputs)?, on_cpu);
/// }
/// # Ok::<(), loom::Error>(())
/// ```
///
/// On a [`Cpu`], the second call packs the matrices of `Dense` and recurrent layers as matrix products read them, and keeps them, if
/// they take at most 16 MiB. On a GPU, the first call uploads the weights and compiles the kernels, and keeps both. Weights in a format
/// other than F32 are uploaded as they are stored, and the kernels decode them. None of this changes a bit of a result.
pub struct On<'a, N: Model + 'a, D: Device + 'a = Cpu> {
    runner: D::Runner<'a, N>,
}

impl<'a, N: Model, D: Device> On<'a, N, D> {
    pub(crate) fn new(network: &'a N, device: &'a D) -> Self {
        On { runner: device.run(network) }
    }

    /// The output for one sample, as by [`Network::forward`](crate::Network::forward): what has more than
    /// [`MAX_BY_VALUE`](crate::MAX_BY_VALUE) bytes does not compile.
    ///
    /// # Errors
    /// [`Error::Memory`] where there is no memory for the activations; `Error::Gpu` where a GPU fails.
    pub fn forward(&self, input: &N::Input) -> Result<N::Output, Error> {
        const { assert_by_value::<N::Output>(FORWARD_BOXED) };
        self.runner.by_value(input)
    }

    /// The output for one sample, on the heap.
    ///
    /// # Errors
    /// As [`forward`](Self::forward), and [`Error::Memory`] where there is no memory for the output.
    pub fn forward_boxed(&self, input: &N::Input) -> Result<Box<N::Output>, Error> {
        let mut output = try_zeroed_box::<N::Output>()?;
        self.forward_into(slice::from_ref(input), slice::from_mut(&mut *output))?;
        Ok(output)
    }

    /// The outputs for samples, in order.
    ///
    /// # Errors
    /// As [`forward_boxed`](Self::forward_boxed).
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
    /// assert_eq!(outputs[1], handle.forward(&[1.0, 1.0])?);
    /// # Ok::<(), loom::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Outputs`] where there are not as many outputs as inputs, and as [`forward`](Self::forward).
    pub fn forward_into(&self, inputs: &[N::Input], outputs: &mut [N::Output]) -> Result<(), Error> {
        if inputs.len() != outputs.len() {
            return Err(Error::Outputs { inputs: inputs.len(), outputs: outputs.len() });
        }
        self.runner.infer_into(inputs, 1.0, outputs)
    }

    /// The outputs for samples of any element type that goes into an `f32`, such as images of bytes, each value times
    /// `scale`.
    ///
    /// # Errors
    /// As [`forward_boxed`](Self::forward_boxed).
    pub fn forward_scaled<X: Sample<AsF32 = N::Input>>(
        &self,
        inputs: &[X],
        scale: f32,
    ) -> Result<Vec<N::Output>, Error> {
        let mut outputs = try_zeroed_vec::<N::Output>(inputs.len(), "outputs")?;
        self.runner.infer_into(inputs, scale, &mut outputs)?;
        Ok(outputs)
    }
}

impl<N: Model<Precision = F32>> On<'_, N> {
    /// The network in another number format, as by
    /// [`Network::quantize_calibrated`](crate::Network::quantize_calibrated).
    ///
    /// # Errors
    /// As by that.
    pub fn quantize_calibrated<D: Precision>(
        &self,
        rounding: &Rounding,
        inputs: &[impl Sample<AsF32 = N::Input>],
        scale: f32,
    ) -> Result<N::In<D>, Error> {
        self.runner.quantize_calibrated(rounding, inputs, scale)
    }

    /// What the inputs of the network's layers are like for these samples, each value times `scale`.
    ///
    /// # Errors
    /// [`Error::EmptyData`] or [`Error::Input`] where inputs are none, infinite or not numbers.
    pub fn calibration(&self, inputs: &[impl Sample<AsF32 = N::Input>], scale: f32) -> Result<Calibration, Error> {
        self.runner.calibration(inputs, scale)
    }
}

impl<N: Model, D: Device> fmt::Debug for On<'_, N, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.runner.fmt(f)
    }
}
