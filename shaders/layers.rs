//! The kernels of each layer, in the order in which `loom` names them.

use crate::{Form, Kernel, Phase};

const COLUMN_SUMS: &str = include_str!("column_sums.wgsl");
const ROW_SUM: &str = include_str!("row_sum.wgsl");
const WINDOW: &str = include_str!("window.wgsl");
const CONV2D_COLUMNS: &str = include_str!("conv2d/columns.wgsl");
const DROPOUT_MASK: &str = include_str!("dropout/mask.wgsl");
const TOKEN: &str = include_str!("embedding/token.wgsl");
const ACTIVATION_FUNCTIONS: &str = include_str!("activation/activation.wgsl");

/// Turns the gradient of a fused activation's result into that of its argument.
const D_ACTIVATION: Kernel = Kernel {
    name: "d_activation",
    phase: Phase::Backward,
    form: Form::Items,
    files: &[ACTIVATION_FUNCTIONS, include_str!("activation/d_fused.wgsl")],
};

const fn forward(form: Form, files: &'static [&'static str]) -> Kernel {
    Kernel { name: "forward", phase: Phase::Forward, form, files }
}

const fn backward(name: &'static str, form: Form, files: &'static [&'static str]) -> Kernel {
    Kernel { name, phase: Phase::Backward, form, files }
}

/// `Dense`.
pub const DENSE: &[Kernel] = &[
    forward(Form::Product, &[ACTIVATION_FUNCTIONS, include_str!("dense/forward.wgsl")]),
    D_ACTIVATION,
    backward("d_weight", Form::Product, &[include_str!("dense/d_weight.wgsl")]),
    backward("d_bias", Form::ColumnSums, &[COLUMN_SUMS, include_str!("dense/d_bias.wgsl")]),
    backward("d_input", Form::Product, &[include_str!("dense/d_input.wgsl")]),
];

/// `Conv2d`.
///
/// `d_weight` has a plane of workgroups for each sample, and leaves a gradient for each in `scratch`, which `d_weight_sum`
/// adds up; so `d_bias`, whose rows are the channels of the samples, and `d_bias_sum`.
pub const CONV2D: &[Kernel] = &[
    forward(Form::Product, &[ACTIVATION_FUNCTIONS, CONV2D_COLUMNS, include_str!("conv2d/forward.wgsl")]),
    D_ACTIVATION,
    backward("d_weight", Form::Product, &[CONV2D_COLUMNS, include_str!("conv2d/d_weight.wgsl")]),
    backward("d_weight_sum", Form::ColumnSums, &[COLUMN_SUMS, include_str!("conv2d/d_weight_sum.wgsl")]),
    backward("d_bias", Form::Rows, &[ROW_SUM, include_str!("conv2d/d_bias.wgsl")]),
    backward("d_bias_sum", Form::ColumnSums, &[COLUMN_SUMS, include_str!("conv2d/d_bias_sum.wgsl")]),
    backward("d_input", Form::Items, &[include_str!("conv2d/d_input.wgsl")]),
];

/// `MaxPool2d`.
pub const MAX_POOL2D: &[Kernel] = &[
    forward(Form::Items, &[WINDOW, include_str!("max_pool2d/forward.wgsl")]),
    backward("d_input", Form::Items, &[WINDOW, include_str!("max_pool2d/d_input.wgsl")]),
];

/// `AvgPool2d`.
pub const AVG_POOL2D: &[Kernel] = &[
    forward(Form::Items, &[WINDOW, include_str!("avg_pool2d/forward.wgsl")]),
    backward("d_input", Form::Items, &[WINDOW, include_str!("avg_pool2d/d_input.wgsl")]),
];

/// `Softmax`.
pub const SOFTMAX: &[Kernel] = &[
    forward(Form::Rows, &[ROW_SUM, include_str!("softmax/forward.wgsl")]),
    backward("d_input", Form::Rows, &[ROW_SUM, include_str!("softmax/d_input.wgsl")]),
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

/// The gate of `SwiGlu`. An item is a value of the output.
pub const GLU: &[Kernel] = &[
    forward(Form::Items, &[ACTIVATION_FUNCTIONS, include_str!("glu/forward.wgsl")]),
    backward("d_input", Form::Items, &[ACTIVATION_FUNCTIONS, include_str!("glu/d_input.wgsl")]),
];

/// `Embedding`. A column of `d_weight` is a value of the weight; a row is a token of the batch.
pub const EMBEDDING: &[Kernel] = &[
    forward(Form::Items, &[TOKEN, include_str!("embedding/forward.wgsl")]),
    backward("d_weight", Form::ColumnSums, &[COLUMN_SUMS, TOKEN, include_str!("embedding/d_weight.wgsl")]),
    backward("d_input", Form::Items, &[include_str!("embedding/d_input.wgsl")]),
];
