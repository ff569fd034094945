// Weights as they are stored: vectors and tables as the bits of f32 values, of the others the codes, each tensor on 16 bytes.
@group(0) @binding(1) var<storage, read> weights: array<u32>;

// The f32 in word `i` of the buffer: of a vector, such as a bias, or of a table; and a scale.
fn parameter(i: u32) -> f32 {
    return bitcast<f32>(weights[i]);
}
