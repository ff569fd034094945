//! The kernels of each layer, in the order in which `loom` names them.

use crate::{Form, Kernel, Phase};

const COLUMN_SUMS: &str = include_str!("column_sums.wgsl");
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
