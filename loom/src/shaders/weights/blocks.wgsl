// W[row, column] = flush((e2m1(code) * e4m3(block_scale)) * scale) of a weight in F4: its codes lie from WEIGHT on, CODES_PER_ROW
// of a row, the scales of blocks as bytes from BLOCK_SCALES on, and the weight's scale at SCALES.

fn weight(row: u32, column: u32) -> f32 {
    let code = code_at(WEIGHT, row * CODES_PER_ROW + column);
    let block = scale_of(row, column);
    let block_scale = (weights[BLOCK_SCALES + block / 4u] >> (block % 4u * 8u)) & 0x7fu;
    let magnitude_of_code = bitcast<u32>(small_float(code & 7u, 1u, 1u));
    let value = bitcast<f32>(magnitude_of_code | ((code & 8u) << 28u));
    // The first product is exact, and the second rounds it.
    return flush(rounded(value * small_float(block_scale, 3u, 7u)) * parameter(SCALES));
}
