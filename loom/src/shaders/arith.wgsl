// Loom arithmetic: the functions of `loom/src/numerics/arith/f32_functions.rs`, operation for operation. That file derives them.
//
// Only fma, +, -, *, conversions from i32 to f32, and integer operations on bits occur. Special cases are decided by
// integer comparisons of the argument's bits and chosen by selects of the result's bits; infinity and NaN are never
// written as f32 constants.
//
// What a kernel adds is a loaded value, an fma, or has gone through an integer select: drivers fuse other sums. These forms were
// seen to be rewritten, and do not occur:
//
// - a bare product as the addend of an fma that itself feeds an addend. NVIDIA's compiler takes fma(a, b, x * y) apart and may
//   fuse the other product; loom_sqrt therefore flushes the product that it adds;
// - two fmas in a chain with the same factor, fma(n, a, fma(n, b, x));
// - a constant times a bare product of two values, c * (x * y), which becomes (c * x) * y: the latter is written;
// - a product with a constant below 1 near 2^-126, which a driver flushes inside of its own fma of two roundings;
// - fma(a, b, 0) behind which a sum stands: NVIDIA's compiler makes a * b of it and fuses that into the sum. So it is in a matrix
//   product of depth 1 whose bias is added. `rounded` stands in between;
// - (a b + c d) + e, which llvmpipe computes as a b + (c d + e): a matrix product of depth 2, and of no other, whose bias is added.
//   `rounded` stands in between here too. The networks `DenseTwo` and `ConvTwo` of the tests have that depth;
// - select(x, 0.0, x < 0.0), which NVIDIA's compiler takes for a maximum, and so loses NaN. `positive` and `within` decide on
//   integers.
//
// The tests' rules (`rules`) reject the first two, sums of products from 0 that meet a sum without `rounded`, and operations that
// devices round differently. The probe and the parity tests find the rest. llvmpipe (Mesa 22.3) passes `tests/parity.rs` and trains
// `dense_xor` to the CPU's bits; SwiftShader is the software GPU that the tests use.

const SIGN: u32 = 0x80000000u;
const MAGNITUDE: u32 = 0x7fffffffu;
const EXPONENT: u32 = 0x7f800000u;
const MIN_NORMAL: u32 = 0x00800000u;
const ONE: u32 = 0x3f800000u;
const TWO_POW_126: u32 = 0x7e800000u;
const INFINITY: u32 = 0x7f800000u;
const CANONICAL_NAN: u32 = 0x7fc00000u;
// Added to the bits of a normal number, doubles it.
const DOUBLE: u32 = 0x00800000u;

const FLUSH: u32 = 0x21800000u; // 2^-60
const FLUSH_SQUARE: u32 = 0x0d800000u; // 2^-100

fn magnitude(x: f32) -> u32 {
    return bitcast<u32>(x) & MAGNITUDE;
}

// The number with these bits, or the canonical NaN where x is NaN.
fn number_unless_nan(x: f32, bits: u32) -> f32 {
    return bitcast<f32>(select(bits, CANONICAL_NAN, magnitude(x) > INFINITY));
}

// x itself, rounded: a sum of one product may stand for a bare product, which a driver would fuse into the sum it meets.
fn rounded(x: f32) -> f32 {
    return number_unless_nan(x, bitcast<u32>(x));
}

// +0 where the magnitude is below 2^-60 or x is -0, the canonical NaN where x is NaN, else x.
fn flush(x: f32) -> f32 {
    return number_unless_nan(x, select(bitcast<u32>(x), 0u, magnitude(x) < FLUSH));
}

// As flush, for squared quantities: below 2^-100.
fn flush_square(x: f32) -> f32 {
    return number_unless_nan(x, select(bitcast<u32>(x), 0u, magnitude(x) < FLUSH_SQUARE));
}

// x where it is above 0, else 0, for a flushed x. A select on x < 0 would be taken for a maximum, which loses NaN.
fn positive(x: f32) -> f32 {
    return bitcast<f32>(select(bitcast<u32>(x), 0u, bitcast<i32>(x) < 0i));
}

// x held within the positive bound and its negative; NaN stays, which a minimum and a maximum would lose.
fn within(x: f32, bound: f32) -> f32 {
    return number_unless_nan(x, min(magnitude(x), bitcast<u32>(bound)) | (bitcast<u32>(x) & SIGN));
}

// An integer that orders as -inf < ... < -0 < +0 < ... < inf < NaN, all NaNs alike.
fn order_key(x: f32) -> i32 {
    let bits = bitcast<i32>(select(bitcast<u32>(x), CANONICAL_NAN, magnitude(x) > INFINITY));
    return bits ^ bitcast<i32>(bitcast<u32>(bits >> 31u) >> 1u);
}

// 1 / m for 1 <= m <= 2.
fn recip_unit(m: f32) -> f32 {
    var y = fma(m, -0.4705873f, 1.4117647f);
    for (var i = 0; i < 3; i++) {
        let error = fma(-m, y, 1.0f);
        y = fma(error, y, y);
    }
    return y;
}

// 1 / (1 + t) for 0 <= t <= 1.
fn recip_one_plus(t: f32) -> f32 {
    let y = recip_unit(1.0f + t);
    let error = fma(-t, y, 1.0f - y);
    return fma(error, y, y);
}

// One step of Newton's method towards 1 / sqrt(m).
fn rsqrt_step(minus_half_m: f32, y: f32) -> f32 {
    let error = fma(minus_half_m, y * y, 0.5f);
    return fma(y, error, y);
}

// An integer guess of 1 / sqrt(m), and two steps, for 1 <= m < 4.
fn rsqrt_unit_2(m: f32) -> f32 {
    let y = bitcast<f32>(0x5f3759dfu - (bitcast<u32>(m) >> 1u));
    return rsqrt_step(-0.5f * m, rsqrt_step(-0.5f * m, y));
}

// sqrt(m) for 1 <= m < 4.
fn sqrt_unit(m: f32) -> f32 {
    let y = rsqrt_unit_2(m);
    // The flush changes nothing, since s is from 1 to 2, but without it some drivers fuse the last sum with this product.
    let s = flush(m * y);
    return fma(fma(-s, s, m), 0.5f * y, s);
}

// The exponent in place, of x = 4^n m with 1 <= m < 4: 2 n 2^23.
fn even_exponent(bits: u32) -> u32 {
    return (bits - ONE) & 0xff000000u;
}

// Half of an even exponent in place.
fn half_exponent(exponent: u32) -> u32 {
    return bitcast<u32>(bitcast<i32>(exponent) >> 1u);
}

// 1 / x.
fn recip(x: f32) -> f32 {
    let m = magnitude(x);
    let exponent = (m & EXPONENT) - ONE;
    let y = recip_unit(bitcast<f32>(m - exponent));
    var bits = bitcast<u32>(y) - exponent;
    bits = select(bits, 0u, m > TWO_POW_126);
    bits = select(bits, INFINITY, m < MIN_NORMAL);
    return number_unless_nan(x, bits | (bitcast<u32>(x) & SIGN));
}

// 1 / sqrt(x).
fn rsqrt(x: f32) -> f32 {
    let bits = bitcast<u32>(x);
    let exponent = even_exponent(bits);
    let m = bitcast<f32>(bits - exponent);
    var y = bitcast<u32>(rsqrt_step(-0.5f * m, rsqrt_unit_2(m))) - half_exponent(exponent);
    y = select(y, 0u, bits == INFINITY);
    y = select(y, CANONICAL_NAN, bits > INFINITY);
    return bitcast<f32>(select(y, INFINITY, magnitude(x) < MIN_NORMAL));
}

// 1 / sqrt(x) of a variance: NaN where that is infinite.
fn rsqrt_of_variance(x: f32) -> f32 {
    let y = bitcast<u32>(rsqrt(x));
    return bitcast<f32>(select(y, CANONICAL_NAN, y == 0u));
}

// sqrt(x).
fn loom_sqrt(x: f32) -> f32 {
    let bits = bitcast<u32>(x);
    let exponent = even_exponent(bits);
    var y = bitcast<u32>(sqrt_unit(bitcast<f32>(bits - exponent))) + half_exponent(exponent);
    y = select(y, INFINITY, bits == INFINITY);
    y = select(y, CANONICAL_NAN, bits > INFINITY);
    return bitcast<f32>(select(y, 0u, magnitude(x) < MIN_NORMAL));
}

// The largest x with e^x < 2^128, the bits of the least with e^x >= 2^-126, and 89, beyond both.
const EXP_LAST: i32 = 0x42b17217;
const EXP_FIRST: u32 = 0xc2aeac4fu;
const EXP_LIMIT: u32 = 0x42b20000u;

// The bits of e^x for x from EXP_FIRST to EXP_LAST.
fn exp_bits(x: f32) -> u32 {
    let whole = bitcast<u32>(fma(x, 1.442695f, 768.5f)) & 0xffffc000u;
    let n = bitcast<f32>(whole) - 768.0f;
    let exponent = (whole << 9u) ^ SIGN;
    var r = fma(n, -0.69314575f, x);
    r = fma(f32(bitcast<i32>(exponent)), -1.703032e-13f, r);
    var p = fma(0.0013838903f, r, 0.0083691925f);
    p = fma(p, r, 0.041668102f);
    p = fma(p, r, 0.16666517f);
    p = fma(p, r, 0.49999994f);
    p = fma(p, r, 1.0f);
    p = fma(p, r, 1.0f);
    return bitcast<u32>(p) + exponent;
}

// e^x.
fn loom_exp(x: f32) -> f32 {
    let bits = bitcast<u32>(x);
    let clamped = min(magnitude(x), EXP_LIMIT) | (bits & SIGN);
    var y = exp_bits(bitcast<f32>(clamped));
    y = select(y, INFINITY, bitcast<i32>(bits) > EXP_LAST);
    y = select(y, 0u, bits > EXP_FIRST);
    return number_unless_nan(x, y);
}

const TWO_THIRDS: u32 = 0x3f2aaaabu;

// ln x.
fn loom_log(x: f32) -> f32 {
    let bits = bitcast<u32>(x);
    let exponent = (bits - TWO_THIRDS) & (SIGN | EXPONENT);
    let f = bitcast<f32>(bits - exponent) - 1.0f;
    let n = bitcast<i32>(exponent);
    var p = fma(-0.124894604f, f, 0.14060621f);
    p = fma(p, f, -0.122732624f);
    p = fma(p, f, 0.13989693f);
    p = fma(p, f, -0.16674452f);
    p = fma(p, f, 0.20011434f);
    p = fma(p, f, -0.2499992f);
    p = fma(p, f, 0.33333197f);
    p = fma(p, f, -0.5f);
    var low = fma(f * p, f, f);
    low = fma(f32(n), 1.703032e-13f, low);
    var y = bitcast<u32>(fma(f32(n >> 23u), 0.69314575f, low));
    y = select(y, INFINITY, bits == INFINITY);
    y = select(y, CANONICAL_NAN, bits > INFINITY);
    return bitcast<f32>(select(y, INFINITY | SIGN, magnitude(x) < MIN_NORMAL));
}

// The sign of x on these bits of a magnitude, which is 0 for subnormal x, and NaN for NaN: an odd function's end.
fn odd(x: f32, bits: u32) -> f32 {
    let flushed = select(bits, 0u, magnitude(x) < MIN_NORMAL);
    return number_unless_nan(x, flushed | (bitcast<u32>(x) & SIGN));
}

const TANH_SMALL: u32 = 0x3f200000u; // 0.625
const TANH_LIMIT: u32 = 0x41200000u; // 10

// tanh x.
fn loom_tanh(x: f32) -> f32 {
    let a = min(magnitude(x), TANH_LIMIT);
    let v = bitcast<f32>(a);
    let s = v * v;
    var p = fma(-0.005692296f, s, 0.020628167f);
    p = fma(p, s, -0.053736515f);
    p = fma(p, s, 0.13331406f);
    p = fma(p, s, -0.3333328f);
    p = fma(p, s, 1.0f);
    let small = v * p;
    let t = bitcast<f32>(exp_bits(bitcast<f32>((a + DOUBLE) | SIGN)));
    let large = fma(-2.0f * t, recip_one_plus(t), 1.0f);
    return odd(x, select(bitcast<u32>(large), bitcast<u32>(small), a < TANH_SMALL));
}

// 1 / (1 + e^-x).
fn sigmoid(x: f32) -> f32 {
    let bits = bitcast<u32>(x);
    let t = bitcast<f32>(exp_bits(bitcast<f32>(min(bits | SIGN, EXP_FIRST))));
    let r = recip_one_plus(t);
    let y = select(bitcast<u32>(r), bitcast<u32>(t * r), bits > SIGN);
    return number_unless_nan(x, select(y, 0u, bits > EXP_FIRST));
}

const ERF_SMALL: u32 = 0x3f580000u; // 0.84375
const ERF_LIMIT: u32 = 0x40800000u; // 4

// -2, below which (1 + tanh x) / 2 is t / (1 + t), and -22, beyond which it is 0.
const TANH_TAIL: u32 = 0xc0000000u;
const TANH_TAIL_LAST: u32 = 0xc1b00000u;

// tanh x and (1 + tanh x) / 2, for a flushed x.
fn tanh_and_gate(x: f32) -> vec2<f32> {
    let bits = bitcast<u32>(x);
    let a = min(magnitude(x), TANH_TAIL_LAST & MAGNITUDE);
    let v = bitcast<f32>(a);
    let s = v * v;
    var p = fma(-0.005692296f, s, 0.020628167f);
    p = fma(p, s, -0.053736515f);
    p = fma(p, s, 0.13331406f);
    p = fma(p, s, -0.3333328f);
    p = fma(p, s, 1.0f);
    let small = v * p;
    let t = bitcast<f32>(exp_bits(bitcast<f32>((a + DOUBLE) | SIGN)));
    let r = recip_one_plus(t);
    let large = fma(-2.0f * t, r, 1.0f);
    let y = select(bitcast<u32>(large), bitcast<u32>(small), a < TANH_SMALL);
    let signed = number_unless_nan(x, y | (bits & SIGN));
    var gate = bitcast<u32>(fma(0.5f, signed, 0.5f));
    gate = select(gate, bitcast<u32>(t * r), bits > TANH_TAIL);
    gate = select(gate, 0u, bits > TANH_TAIL_LAST);
    return vec2<f32>(signed, number_unless_nan(x, gate));
}

// The error function.
fn erf(x: f32) -> f32 {
    let a = min(magnitude(x), ERF_LIMIT);
    let v = bitcast<f32>(a);
    let s = v * v;
    var p = fma(-0.0006374964f, s, 0.0050618816f);
    p = fma(p, s, -0.026809536f);
    p = fma(p, s, 0.11282912f);
    p = fma(p, s, -0.37612593f);
    p = fma(p, s, 0.12837917f);
    // The sum is computed for 16 x, so that no product is subnormal.
    let v_16 = bitcast<f32>(a + 4u * DOUBLE);
    let small = bitcast<u32>(fma(v_16, p, v_16)) - 4u * DOUBLE;
    var q = fma(0.00020433533f, v, -0.0031240794f);
    q = fma(q, v, 0.022542896f);
    q = fma(q, v, -0.1045733f);
    q = fma(q, v, -0.6364674f);
    q = fma(q, v, -1.1280901f);
    q = fma(q, v, -9.782932e-5f);
    let large = 1.0f - bitcast<f32>(exp_bits(q));
    return odd(x, select(bitcast<u32>(large), small, a < ERF_SMALL));
}

// -2, below which the normal distribution is e^q, and -9.0625, beyond which it is 0.
const NORMAL_TAIL: u32 = 0xc0000000u;
const NORMAL_TAIL_LAST: u32 = 0xc1110000u;

// (1 + erf(x / sqrt 2)) / 2, for a flushed x.
fn normal_distribution(x: f32) -> f32 {
    let bits = bitcast<u32>(x);
    let z = x * 0.70710677f;
    let a = min(magnitude(z), ERF_LIMIT);
    let v = bitcast<f32>(a);
    let s = v * v;
    var p = fma(-0.0006374964f, s, 0.0050618816f);
    p = fma(p, s, -0.026809536f);
    p = fma(p, s, 0.11282912f);
    p = fma(p, s, -0.37612593f);
    p = fma(p, s, 0.12837917f);
    let small = fma(v, p, v);
    var q = fma(0.00020433533f, v, -0.0031240794f);
    q = fma(q, v, 0.022542896f);
    q = fma(q, v, -0.1045733f);
    q = fma(q, v, -0.6364674f);
    q = fma(q, v, -1.1280901f);
    q = fma(q, v, -9.782932e-5f);
    let u = bitcast<f32>(min(magnitude(x), NORMAL_TAIL_LAST & MAGNITUDE)) - 4.0f;
    var l = fma(3.177607e-8f, u, -6.6587995e-7f);
    l = fma(l, u, 6.8316704e-6f);
    l = fma(l, u, -5.3236436e-5f);
    l = fma(l, u, 0.000395911f);
    l = fma(l, u, -0.002973011f);
    l = fma(l, u, -0.47666365f);
    l = fma(l, u, -4.2256093f);
    l = fma(l, u, -10.360102f);
    let tail = exp_bits(bitcast<f32>(select(bitcast<u32>(q), bitcast<u32>(l), bits > NORMAL_TAIL)));
    let large = 1.0f - bitcast<f32>(tail);
    let erf_of_z = select(bitcast<u32>(large), bitcast<u32>(small), a < ERF_SMALL) | (bits & SIGN);
    var y = bitcast<u32>(fma(0.5f, bitcast<f32>(erf_of_z), 0.5f));
    y = select(y, tail, bits > NORMAL_TAIL);
    return number_unless_nan(x, select(y, 0u, bits > NORMAL_TAIL_LAST));
}
