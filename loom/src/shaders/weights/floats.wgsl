// W[row, column] of a weight in floats of 16 or 64 bits: its codes lie from WEIGHT on, row after row. CODE_BITS and, of 16 bits,
// MANTISSA_BITS and EXPONENT_BIAS are in the header; the kernel gives WEIGHT_COLUMNS. No code is infinite or NaN.

fn weight(row: u32, column: u32) -> f32 {
    let i = row * WEIGHT_COLUMNS + column;
    let code = code_at(WEIGHT, i);
    if CODE_BITS == 64u {
        return flush(narrowed(upper_half_at(WEIGHT, i), code));
    }
    let value = small_float(code & 0x7fffu, MANTISSA_BITS, EXPONENT_BIAS);
    return flush(bitcast<f32>(bitcast<u32>(value) | (code & 0x8000u) << 16u));
}

// The f32 nearest to a binary64, ties to even; 0 where that is subnormal.
fn narrowed(upper: u32, lower: u32) -> f32 {
    let sign = upper & SIGN;
    // The exponents' biases differ by 1023 - 127 = 896.
    let exponent_and_mantissa = (upper & MAGNITUDE) - (896u << 20u);
    let bits = (exponent_and_mantissa << 3u) | (lower >> 29u);
    let dropped = lower & 0x1fffffffu;
    let nearest = bits + select(0u, 1u, dropped + (bits & 1u) > 0x10000000u);
    return bitcast<f32>(sign | select(nearest, 0u, (upper & MAGNITUDE) < (897u << 20u)));
}
