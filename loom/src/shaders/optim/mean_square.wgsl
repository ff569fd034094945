// The running mean of squares that Adam and RMSprop share.

// 2^64, whose square is infinite.
const TWO_POW_64: u32 = 0x5f800000u;

// v + gain (g^2 - v), flushed: v (1 - gain) + (gain g) g for g from 2^64 on.
fn mean_square(gain: f32, g: f32, v: f32) -> f32 {
    let ordinary = fma(gain, fma(g, g, -v), v);
    let large = fma(gain * g, g, fma(-gain, v, v));
    return flush_square(bitcast<f32>(select(bitcast<u32>(ordinary), bitcast<u32>(large), magnitude(g) >= TWO_POW_64)));
}
