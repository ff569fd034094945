//! The error type of the library.

mod archive;
#[cfg(feature = "gpu")]
mod gpu;
mod idx;
mod len;
mod rounding;

pub use archive::TensorError;
#[cfg(feature = "gpu")]
pub use gpu::GpuError;
pub use idx::IdxError;
pub use len::LenError;
pub(crate) use rounding::DAMPING;
pub use rounding::RoundingError;

use std::io;
use std::path::{Path, PathBuf};

/// What stands in errors for the path of bytes that are no file.
pub(crate) const BYTES: &str = "<bytes>";

/// What can go wrong. Nothing that was saved before is lost by any of it.
///
/// Where weights come from memory, the path of their file is `<bytes>`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read or written.
    #[error("cannot {action} `{}`: {source}", path.display())]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is not in the safetensors format.
    #[error("`{}` is not a safetensors file: {reason}", path.display())]
    NotSafetensors {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, or what it is.
        reason: String,
    },
    /// A file has changed while it was read.
    #[error("`{}` has changed while it was read; read it again once it is complete", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// What is to be replaced by a file is not a regular file.
    #[error("cannot write `{}`: it is {what}, not a regular file", path.display())]
    NotRegular {
        /// Where the file was to go.
        path: PathBuf,
        /// What is there: `a folder`, `a pipe`, `a socket`, `a device`, or what is `of another kind`.
        what: &'static str,
    },
    /// The network has a tensor that the file lacks.
    #[error("`{}` has no tensor `{tensor}`, which `{network}` wants with shape {shape:?}", path.display())]
    MissingTensor {
        /// The file.
        path: PathBuf,
        /// The network's name.
        network: &'static str,
        /// The tensor's name.
        tensor: String,
        /// The shape that the network wants.
        shape: Vec<usize>,
    },
    /// The file has a tensor that the network lacks.
    #[error("`{}` has a tensor `{tensor}`, which `{network}` does not know", path.display())]
    UnknownTensor {
        /// The file.
        path: PathBuf,
        /// The network's name.
        network: &'static str,
        /// The tensor's name.
        tensor: String,
    },
    /// A tensor's shape in the file is not the network's.
    #[error("tensor `{tensor}` has shape {found:?} in `{}`, but `{network}` wants {wanted:?}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The network's name.
        network: &'static str,
        /// The tensor's name.
        tensor: String,
        /// The shape in the file.
        found: Vec<usize>,
        /// The network's shape.
        wanted: Vec<usize>,
    },
    /// The shape that the metadata gives for an F4 weight is not the network's.
    #[error("`{}` gives the shape of tensor `{tensor}` as `{found}`, but `{network}` wants `{wanted}`", path.display())]
    ShapeText {
        /// The file.
        path: PathBuf,
        /// The network's name.
        network: &'static str,
        /// The tensor's name.
        tensor: String,
        /// The text in the file; empty where there is none.
        found: String,
        /// The network's.
        wanted: String,
    },
    /// A tensor's number format in the file is not the network's.
    #[error("tensor `{tensor}` is {found} in `{}`, but `{network}` wants {wanted}{}", path.display(), load_as(loads_as, path))]
    DType {
        /// The file.
        path: PathBuf,
        /// The network's name.
        network: &'static str,
        /// The tensor's name.
        tensor: String,
        /// The format in the file.
        found: &'static str,
        /// The network's format.
        wanted: &'static str,
        /// The [`Precision`](crate::dtype::Precision) that the whole file has, where it is one of [`dtype`](crate::dtype).
        loads_as: Option<String>,
    },
    /// A file has two tensors for one weight, under the names of layers that are tied, and they differ.
    #[error(
        "tensors `{}` and `{}` differ in `{}`, but are one weight of `{network}`; leave out `tied` for two",
        tensors[0],
        tensors[1],
        path.display()
    )]
    Tied {
        /// The file.
        path: PathBuf,
        /// The network's name.
        network: &'static str,
        /// The tensors' names.
        tensors: [String; 2],
    },
    /// A tensor's codes, scales or zero points in a file are no weight's.
    #[error("tensor `{tensor}` in `{}`: {source}", path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        tensor: &'static str,
        /// What is wrong with it.
        source: crate::dtype::EncodingError,
    },
    /// A tensor of a file without a network is damaged, or cannot be converted.
    #[error("tensor `{tensor}` in `{}`: {source}", path.display())]
    Archive {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// What is wrong with it.
        source: Box<TensorError>,
    },
    /// A checkpoint cannot be resumed.
    #[error("cannot resume from `{}`: {what}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A checkpoint is of another version of Loom's plans, so that nobody knows whether it is of the same network.
    #[error(
        "cannot resume from `{}`: it is of {}, but this Loom has plans of version {expected}; train anew, or resume with the \
         Loom that wrote it",
        path.display(),
        found.as_ref().map_or("an older Loom, whose plans have no version".to_owned(), |found| format!("plan version {found}"))
    )]
    CheckpointVersion {
        /// The file.
        path: PathBuf,
        /// The version that it says; none where it says none.
        found: Option<String>,
        /// The version of this Loom.
        expected: u32,
    },
    /// A weight is infinite or not a number.
    #[error("tensor `{tensor}` has {value} at index {index}")]
    Weight {
        /// The tensor's name.
        tensor: &'static str,
        /// Index in the tensor, flattened.
        index: usize,
        /// The weight.
        value: f32,
    },
    /// Weights are not those of the network that they are given to.
    #[error("the weights were made for another plan, that of `{found}`, and not for `{network}`")]
    ForeignWeights {
        /// The network's name.
        network: &'static str,
        /// The name of the network that they were made for.
        found: &'static str,
    },
    /// A parameter is not one of the network's: it is of another network's plan.
    #[error("tensor `{tensor}` of shape {shape:?} is not one of `{network}`: take it from the plan of `{network}`")]
    ForeignParam {
        /// The network's name.
        network: &'static str,
        /// The tensor's name.
        tensor: &'static str,
        /// The tensor's shape.
        shape: &'static [usize],
    },
    /// A tensor is given too many values, or too few.
    #[error("tensor `{tensor}` of shape {shape:?} has {expected} values, not {found}")]
    Values {
        /// The tensor's name.
        tensor: &'static str,
        /// The tensor's shape.
        shape: &'static [usize],
        /// How many values it has.
        expected: usize,
        /// How many there were.
        found: usize,
    },
    /// A part of a training step is called before what it goes on from is there.
    #[error("`Tape::{call}` has nothing to go on from: call {first} first")]
    Order {
        /// The method.
        call: &'static str,
        /// What comes before it.
        first: &'static str,
    },
    /// A checkpoint cannot hold the state of an optimizer under the names that it gives.
    #[error("the optimizer's state has a tensor named `{name}`, which a checkpoint cannot hold: {fault}")]
    StateName {
        /// The tensor's name.
        name: &'static str,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A data set has no samples.
    #[error("the data set is empty")]
    EmptyData,
    /// A data set has more samples than can be counted in 32 bits.
    #[error("the data set has {samples} samples, more than {}", u32::MAX)]
    TooManySamples {
        /// Number of samples.
        samples: usize,
    },
    /// A data set has not one target for each input.
    #[error("the data set has {inputs} inputs but {targets} targets")]
    Unpaired {
        /// Number of inputs.
        inputs: usize,
        /// Number of targets.
        targets: usize,
    },
    /// A loss has not one target for each output of the last forward.
    #[error("the last `forward` had {outputs} samples, but there are {targets} targets")]
    Targets {
        /// Number of outputs.
        outputs: usize,
        /// Number of targets.
        targets: usize,
    },
    /// There is not room for one output of each input.
    #[error("there are {inputs} inputs but room for {outputs} outputs")]
    Outputs {
        /// Number of inputs.
        inputs: usize,
        /// Number of outputs that there is room for.
        outputs: usize,
    },
    /// Flat values are more than a sample has, or fewer.
    #[error("there are {found} values for a sample, which has {sample}")]
    SampleLen {
        /// How many values a sample has.
        sample: usize,
        /// How many there are.
        found: usize,
    },
    /// Flat values do not divide into samples.
    #[error("{found} values do not divide into samples of {sample} values each")]
    FlatLen {
        /// How many values a sample has.
        sample: usize,
        /// How many there are.
        found: usize,
    },
    /// There is not as much memory as was asked for.
    #[error("there is no memory for {bytes} bytes of {what}")]
    Memory {
        /// How many bytes; `usize::MAX` where there are more.
        bytes: usize,
        /// What they are for.
        what: &'static str,
    },
    /// An input is infinite or not a number.
    #[error("input {sample} of the data set has {value} at index {index}")]
    Input {
        /// The sample.
        sample: usize,
        /// Index in the sample, flattened.
        index: usize,
        /// The value.
        value: f32,
    },
    /// A scale takes an input out of the range of binary32.
    #[error(
        "input {sample} of the data set has {value} at index {index}, which is infinite in 32 bits when it is scaled by {scale:e}"
    )]
    ScaledInput {
        /// The sample.
        sample: usize,
        /// Index in the sample, flattened.
        index: usize,
        /// The value.
        value: f32,
        /// The scale.
        scale: f32,
    },
    /// An input value that a network looks up, in an `Embedding`, `one_hot` or `gather`, is not the number of a token.
    #[error("input {sample} of the data set has {value} at index {index}, but the network has tokens 0 to {}", vocabulary - 1)]
    Token {
        /// The sample.
        sample: usize,
        /// Index in the sample, flattened.
        index: usize,
        /// The value, scaled.
        value: f32,
        /// How many tokens the network has.
        vocabulary: usize,
    },
    /// A target is infinite or not a number, or outside what the loss takes.
    #[error("target {sample} of the data set has {value} at index {index}; {loss} takes {takes}")]
    Target {
        /// The sample.
        sample: usize,
        /// Index in the target, flattened.
        index: usize,
        /// The value.
        value: f32,
        /// The loss's name.
        loss: &'static str,
        /// What it takes.
        takes: &'static str,
    },
    /// A label is not the index of a class.
    #[error("target {sample} of the data set is class {label}, but the network has classes 0 to {}", classes - 1)]
    Label {
        /// The sample.
        sample: usize,
        /// The label.
        label: u64,
        /// How many classes the network's output has.
        classes: usize,
    },
    /// A setting is outside its range.
    #[error("`{name}` is {}, but must be {takes}", short(*value))]
    Setting {
        /// The setting's name.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        takes: &'static str,
    },
    /// Samples are cut into batches of which one has a single sample, in which a `BatchNorm2d` has one value for each channel, and so
    /// no variance.
    #[error(
        "layer `{layer}` has one value for each channel in a batch of one sample, and so no variance; {samples} samples in batches \
         of {batch} leave such a batch: {}",
        enough_samples(*samples, *batch)
    )]
    OneValue {
        /// The layer's name.
        layer: &'static str,
        /// Number of samples.
        samples: usize,
        /// Samples in a batch.
        batch: usize,
    },
    /// Weights cannot be rounded as was asked.
    #[error(transparent)]
    Rounding(#[from] RoundingError),
    /// Early stopping was asked for without data to judge by.
    #[error("early stopping needs validation data: call `fit_validated`")]
    NoValidation,
    /// Training diverged: the loss or a weight is infinite or not a number. The network keeps the weights it has reached.
    #[error("training diverged in epoch {epoch}, with loss {loss}; try a smaller learning rate or gradient clipping")]
    Diverged {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The mean loss of that epoch.
        loss: f64,
    },
    /// A slice has not the length of a tensor.
    #[error(transparent)]
    Len(#[from] LenError),
    /// An IDX file is damaged.
    #[error(transparent)]
    Idx(#[from] IdxError),
    /// The GPU failed.
    #[cfg(feature = "gpu")]
    #[error(transparent)]
    Gpu(#[from] GpuError),
}

/// What leaves no batch of a single sample.
fn enough_samples(samples: usize, batch: usize) -> &'static str {
    match (samples, batch) {
        (1, _) => "train on more samples",
        (_, 1) => "choose a larger batch size",
        _ => "choose another batch size, or leave a sample out",
    }
}

/// How a file, or its bytes, in another format is loaded.
fn load_as(precision: &Option<String>, path: &Path) -> String {
    let method = if path == Path::new(BYTES) { "from_bytes_as" } else { "load_as" };
    precision.as_ref().map_or_else(String::new, |precision| format!("; load it with `{method}::<{precision}>`"))
}

/// A number as people write it, with an exponent where it is long.
fn short(value: f64) -> String {
    if (1e-6..1e16).contains(&value.abs()) || value == 0.0 { value.to_string() } else { format!("{value:e}") }
}

/// That there is no memory for so many values of type `T`.
pub(crate) fn no_memory<T>(len: usize, what: &'static str) -> Error {
    Error::Memory { bytes: len.saturating_mul(size_of::<T>()), what }
}

/// Checks a setting.
pub(crate) fn require(ok: bool, name: &'static str, value: f64, takes: &'static str) -> Result<(), Error> {
    if ok { Ok(()) } else { Err(Error::Setting { name, value, takes }) }
}
