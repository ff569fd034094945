// Bindings of the kernels that compare outputs with targets. `targets` holds class numbers, or the bits of values.
@group(0) @binding(2) var<storage, read> activations: array<f32>;
@group(0) @binding(3) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(5) var<storage, read_write> scratch: array<f32>;
@group(0) @binding(7) var<storage, read> order: array<u32>;
@group(0) @binding(8) var<storage, read> targets: array<u32>;
@group(0) @binding(9) var<storage, read_write> totals: array<Totals>;

// What the batches since the last reset scored, for each output.
struct Totals {
    // Sum of the losses of all rows: batch after batch, in order.
    loss: f32,
    // Rows whose outputs are correct.
    correct: u32,
}
