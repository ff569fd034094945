//! What users do with a network: the methods of `Network`.

use crate::dtype::{F32, Precision};
use crate::error::Error;
use crate::interface::on::On;
use crate::numerics::fingerprint::Fingerprint;
use crate::numerics::random::Seed;
use crate::run::cpu::Cpu;
use crate::run::sample::{FORWARD_BOXED, Sample, assert_by_value};
use crate::training::device::Device;
use crate::weights::init::Init;
use crate::weights::model::Model;
use crate::weights::quantize::Rounding;
use crate::weights::safetensors;
use crate::weights::{Weights, WeightsOf};
use std::path::Path;

/// What a network that `network!` wrote can do; the types of its samples are those of its [`Model`].
///
/// The methods are also there without this trait in scope; [`load`](Network::load) and [`from_bytes`](Network::from_bytes) are so for
/// F32 alone, which `Net::load` therefore means, and [`load_as`](Network::load_as) and [`from_bytes_as`](Network::from_bytes_as) are
/// for the other formats.
///
/// ```
/// use loom::prelude::*;
///
/// network! { pub struct Xor { Dense<2, 8> -> Tanh -> Dense<8, 1> } }
///
/// let net = Xor::new(Seed(42));
/// let output: [f32; 1] = net.forward(&[0.0, 1.0]);
/// assert_eq!(net.forward_batch(&[[0.0, 1.0], [1.0, 1.0]])[0], output);
/// ```
pub trait Network: Model {
    /// The parameters.
    fn weights(&self) -> &Weights<Self::Precision> {
        self.own_weights()
    }

    /// The network with these weights.
    ///
    /// ```
    /// use loom::prelude::*;
    ///
    /// network! { struct Xor { Dense<2, 8> -> Tanh -> Dense<8, 1> } }
    ///
    /// let net = Xor::new(Seed(42));
    /// assert_eq!(Xor::from_weights(net.weights().clone())?.fingerprint(), net.fingerprint());
    ///
    /// let other = network![Dense<2, 8> -> Relu -> Dense<8, 1>];
    /// assert!(Xor::from_weights(other.weights().clone()).is_err());
    /// # Ok::<(), loom::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::ForeignWeights`] where they were made for the plan of another network.
    fn from_weights(weights: Weights<Self::Precision>) -> Result<Self, Error> {
        WeightsOf::new(weights).map(Self::from_own)
    }

    /// A network with PyTorch's default initialisation, drawn from a seed.
    fn new(seed: Seed) -> Self
    where
        Self: Network<Precision = F32>,
    {
        Self::with_init(Init::Default, seed)
    }

    /// A network with an initialisation of choice, drawn from a seed.
    fn with_init(init: Init, seed: Seed) -> Self
    where
        Self: Network<Precision = F32>,
    {
        let mut weights = WeightsOf::zeroed();
        weights.initialise(init, seed);
        Self::from_own(weights)
    }

    /// The output for one sample, on the default [`Cpu`]. The bits do not depend on the batch a sample is in.
    ///
    /// The output is an array by value, which lies on the stack. One of more than [`MAX_BY_VALUE`](crate::MAX_BY_VALUE) bytes, that is
    /// 65,536 values, is too large for that, and does not compile; take [`forward_boxed`](Network::forward_boxed) or
    /// [`forward_into`](Network::forward_into):
    ///
    /// ```compile_fail,E0080
    /// let net = loom::network![Dense<2, 65_537>];
    /// let output = net.forward(&[0.0, 1.0]); // the output is too large to be passed by value ..
    /// ```
    ///
    /// # Panics
    /// Where there is no memory for the activations.
    fn forward(&self, input: &Self::Input) -> Self::Output {
        const { assert_by_value::<Self::Output>(FORWARD_BOXED) };
        self.on(&Cpu::new()).forward(input).unwrap_or_else(|error| panic!("{error}"))
    }

    /// As [`forward`](Network::forward), for outputs of any size: nothing of the size of a sample lies on the stack.
    ///
    /// ```
    /// use loom::prelude::*;
    ///
    /// network! { struct Upscale: [3, 224, 224] { Conv2d<3, 3, 1> } }
    ///
    /// let net = Upscale::new(Seed(42));
    /// let image = <[[[f32; 224]; 224]; 3]>::zeroed_box();
    /// let output: Box<[[[f32; 224]; 224]; 3]> = net.forward_boxed(&image);
    /// assert_eq!(output[2][0][0], output[2][223][223]);
    /// ```
    ///
    /// # Panics
    /// Where there is no memory for the output or the activations.
    fn forward_boxed(&self, input: &Self::Input) -> Box<Self::Output> {
        self.on(&Cpu::new()).forward_boxed(input).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The outputs for samples, in order, on the default [`Cpu`].
    ///
    /// # Panics
    /// Where there is no memory for the outputs or the activations, which [`On::forward_batch`] tells as an error.
    fn forward_batch(&self, inputs: &[Self::Input]) -> Vec<Self::Output> {
        self.on(&Cpu::new()).forward_batch(inputs).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Writes the outputs for samples, in order, on the default [`Cpu`]: as [`forward_batch`](Network::forward_batch), into memory
    /// that is there.
    ///
    /// # Errors
    /// [`Error::Outputs`] where there are not as many outputs as inputs; [`Error::Memory`].
    fn forward_into(&self, inputs: &[Self::Input], outputs: &mut [Self::Output]) -> Result<(), Error> {
        self.on(&Cpu::new()).forward_into(inputs, outputs)
    }

    /// The network on a device of choice, a [`Cpu`] or a `Gpu`.
    fn on<'a, D: Device>(&'a self, device: &'a D) -> On<'a, Self, D> {
        On::new(self, device)
    }

    /// The network with its weights in another number format, each rounded to the nearest value that it has.
    ///
    /// ```
    /// use loom::dtype::F4;
    /// use loom::prelude::*;
    ///
    /// network! { struct Net { Dense<64, 64> -> Relu -> Dense<64, 10> } }
    ///
    /// let net = Net::new(Seed(42));
    /// let small: Net<F4> = net.quantize()?;
    /// assert!(small.weights().bits_per_weight() < 4.6);
    /// # Ok::<(), loom::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Weight`] where a weight is infinite or not a number.
    fn quantize<P: Precision>(&self) -> Result<Self::In<P>, Error>
    where
        Self: Network<Precision = F32>,
    {
        self.weights().quantize().and_then(Self::In::<P>::from_weights)
    }

    /// As [`quantize`](Network::quantize), rounded as the options say. See the module [`quantize`](crate::quantize).
    ///
    /// # Errors
    /// [`Error::Weight`] where a weight is infinite or not a number; [`Error::Rounding`] where the format has no use for an
    /// option.
    fn quantize_with<D: Precision>(&self, rounding: &Rounding) -> Result<Self::In<D>, Error>
    where
        Self: Network<Precision = F32>,
    {
        self.weights().quantize_with(rounding).and_then(Self::In::<D>::from_weights)
    }

    /// As [`quantize_with`](Network::quantize_with), but so that the outputs for these inputs, each value times `scale`, stay
    /// near to what they are, on the default [`Cpu`]. See the module [`quantize`](crate::quantize).
    ///
    /// # Errors
    /// As [`quantize_with`](Network::quantize_with), and [`Error::EmptyData`] or [`Error::Input`] where inputs are none, infinite or
    /// not numbers.
    fn quantize_calibrated<D: Precision>(
        &self,
        rounding: &Rounding,
        inputs: &[impl Sample<AsF32 = Self::Input>],
        scale: f32,
    ) -> Result<Self::In<D>, Error>
    where
        Self: Network<Precision = F32>,
    {
        self.on(&Cpu::new()).quantize_calibrated(rounding, inputs, scale)
    }

    /// Writes the weights to a safetensors file under PyTorch's names and layouts; [`dtype`](crate::dtype) says how each
    /// format lies there.
    ///
    /// A file of that name is replaced once the new one is complete. The new one has its mode and, where the system allows
    /// it, its owner and group; where the path is a symbolic link, it is the link's target that is replaced. Other hard links to the old
    /// file keep its content: a file that was written through could be read, or left by a crash, half old and half new. What a
    /// killed process leaves beside a file, `.loom-*.tmp`, the next save of that file removes, on Unix.
    ///
    /// # Errors
    /// [`Error::File`] where the file cannot be written, [`Error::NotRegular`] where a folder, device or pipe is in its place;
    /// what was there stays as it was.
    fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        safetensors::save(self.weights(), path.as_ref())
    }

    /// A network with the weights of a safetensors file, whose tensors must be the network's in name, shape and format.
    /// The file may come from PyTorch, or be a checkpoint of a [`Trainer`](crate::Trainer).
    ///
    /// Weights are flushed: -0, and what is below 2^-60, become +0. The file is read, not mapped. If somebody writes to it
    /// meanwhile, that is [`Error::Changed`], as far as the file's length and time of modification tell; load it again once it is
    /// complete. A file that a writer left half overwritten, or changed within the resolution of that time, can hold tensors of two
    /// networks. Each of them is checked, but safetensors files have no checksum by which such a mixture is known. A file that is
    /// replaced as [`save`](Network::save) does it is whole at any moment, old or new.
    ///
    /// # Errors
    /// One for each way in which a file can be wrong; see [`Error`].
    fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        safetensors::load(Self::PLAN, path.as_ref()).and_then(Self::from_weights)
    }

    /// The bytes of the file that [`save`](Network::save) writes.
    ///
    /// ```
    /// use loom::prelude::*;
    ///
    /// network! { struct Xor { Dense<2, 8> -> Tanh -> Dense<8, 1> } }
    ///
    /// let net = Xor::new(Seed(42));
    /// let bytes = net.to_bytes()?;
    /// assert_eq!(Xor::from_bytes(&bytes)?.fingerprint(), net.fingerprint());
    /// # Ok::<(), loom::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Weight`] where a weight is infinite or not a number.
    fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        safetensors::save_to_bytes(self.weights())
    }

    /// A network with the weights of the bytes of a safetensors file, which are checked as those of a file are by
    /// [`load`](Network::load): for `include_bytes!`, or where there are no files. They may begin at any address.
    ///
    /// # Errors
    /// As [`load`](Network::load), with the path `<bytes>`.
    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        safetensors::load_from_bytes(Self::PLAN, bytes).and_then(Self::from_weights)
    }

    /// As [`from_bytes`](Network::from_bytes), in another number format: what [`load_as`](Network::load_as) is to
    /// [`load`](Network::load).
    ///
    /// ```
    /// use loom::dtype::F16;
    ///
    /// loom::network! { struct Xor { Dense<2, 8> -> Tanh -> Dense<8, 1> } }
    ///
    /// let half: Xor<F16> = Xor::new(loom::Seed(42)).quantize()?;
    /// let bytes = half.to_bytes()?;
    /// assert_eq!(Xor::from_bytes_as::<F16>(&bytes)?.fingerprint(), half.fingerprint());
    ///
    /// let error = Xor::from_bytes(&bytes).expect_err("it is not in F32").to_string();
    /// assert!(error.ends_with("load it with `from_bytes_as::<F16>`"));
    /// # Ok::<(), loom::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`load`](Network::load), with the path `<bytes>`.
    fn from_bytes_as<P: Precision>(bytes: &[u8]) -> Result<Self::In<P>, Error> {
        Self::In::<P>::from_bytes(bytes)
    }

    /// As [`load`](Network::load), for a file in another number format, or one where vectors are F32
    /// ([`Matrices`](crate::dtype::Matrices)) or convolutions of a format of their own ([`Mixed`](crate::dtype::Mixed)); for other
    /// mixtures, implement [`Precision`].
    ///
    /// # Errors
    /// As [`load`](Network::load).
    fn load_as<P: Precision>(path: impl AsRef<Path>) -> Result<Self::In<P>, Error> {
        Self::In::<P>::load(path)
    }

    /// SHA-256 over the little-endian bytes of every weight, in the order of the stack.
    fn fingerprint(&self) -> Fingerprint {
        self.weights().fingerprint()
    }
}

impl<N: Model> Network for N {}
