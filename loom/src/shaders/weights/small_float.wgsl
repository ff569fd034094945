// The value of a finite magnitude whose exponent, with this bias, stands before so many bits of a mantissa: exactly, but for
// what is subnormal in f32 too. Of numbers below the least normal one, 2^(1 - bias), the field of the exponent is 0: with a
// leading 1 added they are that far above it.
fn small_float(magnitude_bits: u32, mantissa: u32, bias: u32) -> f32 {
    let bits = magnitude_bits << (23u - mantissa);
    let least_normal = (128u - bias) << 23u;
    if bits < MIN_NORMAL {
        return bitcast<f32>(bits + least_normal) - bitcast<f32>(least_normal);
    }
    return bitcast<f32>(bits + least_normal - MIN_NORMAL);
}
