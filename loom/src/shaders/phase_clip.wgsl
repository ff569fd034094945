// Bindings of the kernels that bound the gradients of the weights.
@group(0) @binding(4) var<storage, read_write> d_weights: array<f32>;
@group(0) @binding(5) var<storage, read_write> scratch: array<f32>;
