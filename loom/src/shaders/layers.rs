//! The kernels of each layer, in the order in which `loom` names them.

use super::{Form, Kernel, Phase};

const WINDOW: &str = include_str!("window.wgsl");
const CONV2D_COLUMNS: &str = include_str!("conv2d/columns.wgsl");
const DROPOUT_MASK: &str = include_str!("dropout/mask.wgsl");
const TRANSPOSED: &str = include_str!("transpose/transpose.wgsl");
const HEADS: &str = include_str!("attention/heads.wgsl");
const TURN_PAIR: &str = include_str!("attention/turn_pair.wgsl");
const NORMALISED: &str = include_str!("norm/normalised.wgsl");
const BATCH_NORM2D_WORK: &str = include_str!("batch_norm2d/work.wgsl");
const TOKEN: &str = include_str!("embedding/token.wgsl");
const ACTIVATION_FUNCTIONS: &str = include_str!("activation/activation.wgsl");

/// Turns the gradient of a fused activation's result into that of its argument.
const D_ACTIVATION: Kernel = Kernel {
    name: "d_activation",
    phase: Phase::Backward,
    form: Form::Items,
    reads_weight: false,
    files: &[ACTIVATION_FUNCTIONS, include_str!("activation/d_fused.wgsl")],
};

const fn forward(form: Form, files: &'static [&'static str]) -> Kernel {
    forward_part("forward", form, files)
}

const fn forward_part(name: &'static str, form: Form, files: &'static [&'static str]) -> Kernel {
    Kernel { name, phase: Phase::Forward, form, reads_weight: false, files }
}

/// The kernel of forward that reads the layer's weight.
const fn weighted(form: Form, files: &'static [&'static str]) -> Kernel {
    Kernel { reads_weight: true, ..forward(form, files) }
}

const fn backward(name: &'static str, form: Form, files: &'static [&'static str]) -> Kernel {
    Kernel { name, phase: Phase::Backward, form, reads_weight: false, files }
}

/// `Dense`.
pub const DENSE: &[Kernel] = &[
    weighted(Form::Product, &[ACTIVATION_FUNCTIONS, include_str!("dense/forward.wgsl")]),
    D_ACTIVATION,
    backward("d_weight", Form::Product, &[include_str!("dense/d_weight.wgsl")]),
    backward("d_bias", Form::ColumnSums, &[include_str!("dense/d_bias.wgsl")]),
    backward("d_input", Form::Product, &[include_str!("dense/d_input.wgsl")]),
];

/// `Conv2d`, and `Conv1d`, whose image has one row.
///
/// `d_weight` leaves a gradient for each sample in `scratch`, which `d_weight_sum` adds up; so `d_bias`, whose rows are the
/// channels of the samples, and `d_bias_sum`.
pub const CONV2D: &[Kernel] = &[
    weighted(Form::Product, &[ACTIVATION_FUNCTIONS, CONV2D_COLUMNS, include_str!("conv2d/forward.wgsl")]),
    D_ACTIVATION,
    backward("d_weight", Form::SampleProducts, &[CONV2D_COLUMNS, include_str!("conv2d/d_weight.wgsl")]),
    backward("d_weight_sum", Form::ColumnSums, &[include_str!("conv2d/d_weight_sum.wgsl")]),
    backward("d_bias", Form::Rows, &[include_str!("conv2d/d_bias.wgsl")]),
    backward("d_bias_sum", Form::ColumnSums, &[include_str!("conv2d/d_bias_sum.wgsl")]),
    backward("d_input", Form::Items, &[include_str!("conv2d/d_input.wgsl")]),
];

/// `MaxPool2d`.
pub const MAX_POOL2D: &[Kernel] = &[
    forward(Form::Items, &[WINDOW, include_str!("max_pool2d/forward.wgsl")]),
    backward("d_input", Form::Items, &[WINDOW, include_str!("max_pool2d/d_input.wgsl")]),
];

/// `AvgPool2d`, and `Mean`, whose kernel is as high as its image.
pub const AVG_POOL2D: &[Kernel] = &[
    forward(Form::Items, &[WINDOW, include_str!("avg_pool2d/forward.wgsl")]),
    backward("d_input", Form::Items, &[WINDOW, include_str!("avg_pool2d/d_input.wgsl")]),
];

/// `Softmax`.
pub const SOFTMAX: &[Kernel] = &[
    forward(Form::Rows, &[include_str!("softmax/forward.wgsl")]),
    backward("d_input", Form::Rows, &[include_str!("softmax/d_input.wgsl")]),
];

/// `Dropout`. An item is a block of four values, which share a random number's four words.
pub const DROPOUT: &[Kernel] = &[
    forward(Form::Items, &[DROPOUT_MASK, include_str!("dropout/forward.wgsl")]),
    backward("d_input", Form::Items, &[DROPOUT_MASK, include_str!("dropout/d_input.wgsl")]),
];

/// An activation as a layer of its own.
pub const ELEMENTWISE: &[Kernel] = &[
    forward(Form::Items, &[ACTIVATION_FUNCTIONS, include_str!("activation/forward.wgsl")]),
    backward("d_input", Form::Items, &[ACTIVATION_FUNCTIONS, include_str!("activation/d_input.wgsl")]),
];

/// The start of `Residual`.
pub const FORK: &[Kernel] = &[backward("d_input", Form::Items, &[include_str!("residual/d_fork.wgsl")])];

/// The end of `Residual`.
pub const JOIN: &[Kernel] = &[
    forward(Form::Items, &[include_str!("residual/forward.wgsl")]),
    backward("d_input", Form::Items, &[include_str!("residual/d_join.wgsl")]),
];

/// `GlobalAvgPool`.
pub const GLOBAL_AVG_POOL: &[Kernel] = &[
    forward(Form::Rows, &[include_str!("global_avg_pool/forward.wgsl")]),
    backward("d_input", Form::Items, &[include_str!("global_avg_pool/d_input.wgsl")]),
];

/// `Last`.
pub const LAST: &[Kernel] = &[
    forward(Form::Items, &[include_str!("last/forward.wgsl")]),
    backward("d_input", Form::Items, &[include_str!("last/d_input.wgsl")]),
];

/// `Transpose`.
pub const TRANSPOSE: &[Kernel] = &[
    forward(Form::Items, &[TRANSPOSED, include_str!("transpose/forward.wgsl")]),
    backward("d_input", Form::Items, &[TRANSPOSED, include_str!("transpose/d_input.wgsl")]),
];
/// `Rnn` behind its projection: the steps, a workgroup for each sample; then the gradients of what goes from step to step.
pub const RNN: &[Kernel] = &[
    weighted(Form::Groups, &[RNN_CELL, include_str!("recurrence/rnn_forward.wgsl"), RECURRENCE_FORWARD]),
    backward("d_input", Form::Groups, &[RNN_CELL, RNN_BACKWARD, RECURRENCE_D_INPUT]),
    backward("d_weight", Form::Product, &[RNN_CELL, RNN_BACKWARD, RECURRENCE_D_WEIGHT]),
    backward("d_bias", Form::ColumnSums, &[RNN_CELL, RNN_BACKWARD, RECURRENCE_D_BIAS]),
];

/// `Lstm`, likewise.
pub const LSTM: &[Kernel] = &[
    weighted(Form::Groups, &[LSTM_CELL, include_str!("recurrence/lstm_forward.wgsl"), RECURRENCE_FORWARD]),
    backward("d_input", Form::Groups, &[LSTM_CELL, LSTM_BACKWARD, RECURRENCE_D_INPUT]),
    backward("d_weight", Form::Product, &[LSTM_CELL, LSTM_BACKWARD, RECURRENCE_D_WEIGHT]),
    backward("d_bias", Form::ColumnSums, &[LSTM_CELL, LSTM_BACKWARD, RECURRENCE_D_BIAS]),
];

/// `Gru`, likewise.
pub const GRU: &[Kernel] = &[
    weighted(Form::Groups, &[GRU_CELL, include_str!("recurrence/gru_forward.wgsl"), RECURRENCE_FORWARD]),
    backward("d_input", Form::Groups, &[GRU_CELL, GRU_BACKWARD, RECURRENCE_D_INPUT]),
    backward("d_weight", Form::Product, &[GRU_CELL, GRU_BACKWARD, RECURRENCE_D_WEIGHT]),
    backward("d_bias", Form::ColumnSums, &[GRU_CELL, GRU_BACKWARD, RECURRENCE_D_BIAS]),
];

const RECURRENCE_FORWARD: &str = include_str!("recurrence/forward.wgsl");
const RECURRENCE_D_INPUT: &str = include_str!("recurrence/d_input.wgsl");
const RECURRENCE_D_WEIGHT: &str = include_str!("recurrence/d_weight.wgsl");
const RECURRENCE_D_BIAS: &str = include_str!("recurrence/d_bias.wgsl");
const RNN_CELL: &str = include_str!("recurrence/rnn.wgsl");
const RNN_BACKWARD: &str = include_str!("recurrence/rnn_backward.wgsl");
const LSTM_CELL: &str = include_str!("recurrence/lstm.wgsl");
const LSTM_BACKWARD: &str = include_str!("recurrence/lstm_backward.wgsl");
const GRU_CELL: &str = include_str!("recurrence/gru.wgsl");
const GRU_BACKWARD: &str = include_str!("recurrence/gru_backward.wgsl");
/// What is between the two products of `MultiHeadAttention`.
pub const ATTENTION: &[Kernel] = &[
    forward_part("turn", Form::Items, &[HEADS, TURN_PAIR, include_str!("attention/turn.wgsl")]),
    forward_part("probabilities", Form::Rows, &[HEADS, include_str!("attention/probabilities.wgsl")]),
    forward(Form::Items, &[HEADS, include_str!("attention/forward.wgsl")]),
    backward("d_scores", Form::Rows, &[HEADS, include_str!("attention/d_scores.wgsl")]),
    backward("d_input", Form::Items, &[HEADS, TURN_PAIR, include_str!("attention/d_input.wgsl")]),
];

/// `SinusoidalPositions` and `LearnedPositions`.
pub const POSITIONS: &[Kernel] = &[
    weighted(Form::Items, &[include_str!("positions/forward.wgsl")]),
    backward("d_weight", Form::ColumnSums, &[include_str!("positions/d_weight.wgsl")]),
    backward("d_input", Form::Items, &[include_str!("positions/d_input.wgsl")]),
];

/// `LayerNorm` and `RmsNorm`.
pub const NORM: &[Kernel] = &[
    forward(Form::Rows, &[include_str!("norm/forward.wgsl")]),
    backward("d_weight", Form::ColumnSums, &[NORMALISED, include_str!("norm/d_weight.wgsl")]),
    backward("d_bias", Form::ColumnSums, &[include_str!("norm/d_bias.wgsl")]),
    backward("d_input", Form::Rows, &[NORMALISED, include_str!("norm/d_input.wgsl")]),
];

/// `BatchNorm2d`.
///
/// `sums` and `squares` leave a sum for each sample, which `mean` and `rstd` add up; so `d_sums`, and `d_weight_and_bias`.
pub const BATCH_NORM2D: &[Kernel] = &[
    forward_part("sums", Form::Rows, &[include_str!("batch_norm2d/sums.wgsl")]),
    forward_part("mean", Form::ColumnSums, &[BATCH_NORM2D_WORK, include_str!("batch_norm2d/mean.wgsl")]),
    forward_part("squares", Form::Rows, &[BATCH_NORM2D_WORK, include_str!("batch_norm2d/squares.wgsl")]),
    forward_part("rstd", Form::ColumnSums, &[BATCH_NORM2D_WORK, include_str!("batch_norm2d/rstd.wgsl")]),
    forward(Form::Items, &[BATCH_NORM2D_WORK, include_str!("batch_norm2d/forward.wgsl")]),
    backward("d_sums", Form::Rows, &[BATCH_NORM2D_WORK, include_str!("batch_norm2d/d_sums.wgsl")]),
    backward("d_weight_and_bias", Form::ColumnSums, &[include_str!("batch_norm2d/d_weight_and_bias.wgsl")]),
    backward("statistics", Form::Items, &[BATCH_NORM2D_WORK, include_str!("batch_norm2d/statistics.wgsl")]),
    backward("d_input", Form::Items, &[BATCH_NORM2D_WORK, include_str!("batch_norm2d/d_input.wgsl")]),
];

/// The gate of `SwiGlu`. An item is a value of the output.
pub const GLU: &[Kernel] = &[
    forward(Form::Items, &[ACTIVATION_FUNCTIONS, include_str!("glu/forward.wgsl")]),
    backward("d_input", Form::Items, &[ACTIVATION_FUNCTIONS, include_str!("glu/d_input.wgsl")]),
];

/// `Embedding`. A column of `d_weight` is a value of the weight; a row is a token of the batch.
pub const EMBEDDING: &[Kernel] = &[
    weighted(Form::Items, &[TOKEN, include_str!("embedding/forward.wgsl")]),
    backward("d_weight", Form::ColumnSums, &[TOKEN, include_str!("embedding/d_weight.wgsl")]),
    backward("d_input", Form::Items, &[include_str!("embedding/d_input.wgsl")]),
];
