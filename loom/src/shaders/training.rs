//! The kernels around a network: data, losses, clipping, optimizers. Their headers are written at run time; each file says
//! which constants it expects.

use super::{Form, Kernel, Phase};

const LOSS_ROWS: &str = include_str!("loss/rows.wgsl");
const LOSS: &str = include_str!("loss/loss.wgsl");
const VALUES: &str = include_str!("loss/values.wgsl");
const LABEL: &str = include_str!("loss/label.wgsl");
const CUSTOM_LOSS_FILE: &str = include_str!("loss/custom.wgsl");
const EXPONENTIALS: &str = include_str!("loss/exponentials.wgsl");
const MEAN_SQUARE: &str = include_str!("optim/mean_square.wgsl");
const CLIP_NORM_FILE: &str = include_str!("optim/clip_norm.wgsl");

/// The part of a header whose constants are sizes.
pub(crate) fn constants<const N: usize>(constants: [(&str, usize); N]) -> String {
    constants.map(|(name, value)| format!("const {name}: u32 = {value}u;\n")).concat()
}

/// Brings a batch's samples into the activations; an item for each value.
pub const GATHER: Kernel = Kernel::new("gather", Phase::Gather, Form::Items, &[include_str!("data/gather.wgsl")]);

/// Adds a step's gradient of a value to what later steps gave; an item for each.
pub const ACCUMULATE: Kernel = Kernel::backward("accumulate", Form::Items, &[include_str!("accumulate.wgsl")]);

/// Adds a step's gradient of a parameter to what later steps gave; an item for each value.
pub const ACCUMULATE_WEIGHTS: Kernel =
    Kernel::backward("accumulate_weights", Form::Items, &[include_str!("accumulate_weights.wgsl")]);

const fn loss(files: &'static [&'static str]) -> Kernel {
    Kernel::new("loss", Phase::Loss, Form::Rows, files)
}

/// Mean squared error.
pub const MSE: Kernel = loss(&[LOSS_ROWS, LOSS, VALUES, include_str!("loss/mse.wgsl")]);

/// Huber's loss.
pub const HUBER: Kernel = loss(&[LOSS_ROWS, LOSS, VALUES, include_str!("loss/huber.wgsl")]);

/// Binary cross-entropy from logits.
pub const BINARY_CROSS_ENTROPY: Kernel =
    loss(&[LOSS_ROWS, LOSS, VALUES, include_str!("loss/binary_cross_entropy.wgsl")]);

/// Cross-entropy from logits, for class indices.
pub const CROSS_ENTROPY: Kernel =
    loss(&[LOSS_ROWS, LOSS, LABEL, EXPONENTIALS, include_str!("loss/cross_entropy.wgsl")]);

/// Cross-entropy from logits, for probabilities.
pub const SOFT_CROSS_ENTROPY: Kernel =
    loss(&[LOSS_ROWS, LOSS, VALUES, EXPONENTIALS, include_str!("loss/soft_cross_entropy.wgsl")]);

/// A loss that `network!` wrote, whose target is values.
pub const CUSTOM_LOSS: Kernel = loss(&[LOSS_ROWS, LOSS, VALUES, CUSTOM_LOSS_FILE]);

/// The same, where the first part of the target is a class index.
pub const CUSTOM_LABEL_LOSS: Kernel = loss(&[LOSS_ROWS, LOSS, LABEL, CUSTOM_LOSS_FILE]);

/// Brings what such a loss compares into its input; an item for each value.
pub const COMPARE: Kernel = Kernel::new("compare", Phase::Gather, Form::Items, &[include_str!("data/compare.wgsl")]);

/// Brings the gradient of what it compares to the network's output; an item for each value.
pub const D_OUTPUTS: Kernel = Kernel::backward("d_outputs", Form::Items, &[include_str!("loss/d_outputs.wgsl")]);

/// Adds what a loss kernel found to the totals: one row.
pub const TOTAL: Kernel = Kernel::new("total", Phase::Loss, Form::Rows, &[LOSS_ROWS, include_str!("loss/total.wgsl")]);

const fn clip(name: &'static str, form: Form, files: &'static [&'static str]) -> Kernel {
    Kernel::new(name, Phase::Clip, form, files)
}

/// Adds the gradients of an earlier batch; an item for each.
pub const ADD_GRADIENTS: Kernel = clip("add_gradients", Form::Items, &[include_str!("optim/add_gradients.wgsl")]);

/// Holds each gradient within a bound; an item for each.
pub const CLIP_VALUE: Kernel = clip("clip_value", Form::Items, &[include_str!("optim/clip_value.wgsl")]);

/// Bounds the norm of the gradients: a row for each 4096 of them, one row, an item for each.
pub const CLIP_NORM: &[Kernel] = &[
    clip("square_sums", Form::Rows, &[CLIP_NORM_FILE, include_str!("optim/square_sums.wgsl")]),
    clip("norm_scale", Form::Rows, &[CLIP_NORM_FILE, include_str!("optim/norm_scale.wgsl")]),
    clip("scale", Form::Items, &[CLIP_NORM_FILE, include_str!("optim/scale.wgsl")]),
];

/// Stochastic gradient descent; an item for each weight, as in all optimizers.
pub const SGD: Kernel = Kernel::optimizer("sgd", &[include_str!("optim/sgd.wgsl")]);

/// Adam and AdamW.
pub const ADAM: Kernel = Kernel::optimizer("adam", &[MEAN_SQUARE, include_str!("optim/adam.wgsl")]);

/// RMSprop.
pub const RMSPROP: Kernel = Kernel::optimizer("rmsprop", &[MEAN_SQUARE, include_str!("optim/rmsprop.wgsl")]);

/// Fake quantisation: rounds the master weights of a tensor to the values of its format; an item for each.
pub const QUANTIZE: Kernel =
    Kernel::new("quantize", Phase::Quantize, Form::Items, &[include_str!("quantize/quantize.wgsl")]);

/// Moves running means by what a batch had; an item for each.
pub const AVERAGE: Kernel = Kernel::optimizer("average", &[include_str!("optim/average.wgsl")]);
