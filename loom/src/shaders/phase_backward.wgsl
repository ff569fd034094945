// Bindings of the kernels of a backward pass. A slot of the activations, and one of their gradients, lies at its offset
// times the batch.
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> activations: array<f32>;
@group(0) @binding(3) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_weights: array<f32>;
@group(0) @binding(5) var<storage, read_write> scratch: array<f32>;
