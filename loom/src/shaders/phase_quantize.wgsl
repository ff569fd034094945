// Bindings of the kernel that rounds master weights to those of a quantised network. A scale is 1 / (factor SCALE), the factor,
// and the greatest magnitudes of a code below and above 0.
@group(0) @binding(1) var<storage, read_write> weights: array<f32>;
@group(0) @binding(12) var<storage, read_write> master: array<f32>;
@group(0) @binding(13) var<storage, read> scales: array<vec4<f32>>;
