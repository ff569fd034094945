// Bindings of the kernels of a forward pass. A slot of the activations lies at its offset times the batch.
@group(0) @binding(2) var<storage, read_write> activations: array<f32>;
