// Bindings of the optimizers' kernels; `state0` and `state1` are laid out as the weights.
@group(0) @binding(1) var<storage, read_write> weights: array<f32>;
@group(0) @binding(4) var<storage, read> d_weights: array<f32>;
@group(0) @binding(10) var<storage, read_write> state0: array<f32>;
@group(0) @binding(11) var<storage, read_write> state1: array<f32>;
