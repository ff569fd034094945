// Weights as f32 values: the flat parameter buffer.
@group(0) @binding(1) var<storage, read> weights: array<f32>;

// Value `i` of the buffer: of a vector, such as a bias, or of a table.
fn parameter(i: u32) -> f32 {
    return weights[i];
}
