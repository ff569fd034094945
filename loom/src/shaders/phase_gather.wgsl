// Bindings of the kernels that bring a batch's samples into the activations.
@group(0) @binding(2) var<storage, read_write> activations: array<f32>;
@group(0) @binding(6) var<storage, read> samples: array<u32>;
@group(0) @binding(7) var<storage, read> order: array<u32>;
