// Sine and cosine: `loom/src/numerics/arith/trigonometry.rs`, operation for operation. Modules that call them have this file and
// `high_product.wgsl`.

// pi / 4, up to which no turn is taken away.
const QUARTER_PI: u32 = 0x3f490fdbu;

// Word k of the bits of 2 / pi, which begin at 2^1; 0 before the first.
fn two_over_pi(k: u32) -> u32 {
    switch k {
        case 1u: { return 0x28be60dbu; }
        case 2u: { return 0x9391054au; }
        case 3u: { return 0x7f09d5f4u; }
        case 4u: { return 0x7d4d3770u; }
        case 5u: { return 0x36d8a566u; }
        case 6u: { return 0x4f10e410u; }
        default: { return 0u; }
    }
}

// The bits from `shift` on of two words.
fn shifted(high: u32, low: u32, shift: u32) -> u32 {
    return (high << shift) | ((low >> 1u) >> (31u - shift));
}

// A number's quarter turn, modulo 4, and what is left.
struct Angle {
    quarter: u32,
    rest: f32,
}

// The angle of a finite number that is positive.
fn angle(bits: u32) -> Angle {
    if bits <= QUARTER_PI {
        return Angle(0u, bitcast<f32>(bits));
    }
    let exponent = (bits >> 23u) - 126u;
    let word = exponent >> 5u;
    let shift = exponent & 31u;
    let w0 = two_over_pi(word);
    let w1 = two_over_pi(word + 1u);
    let w2 = two_over_pi(word + 2u);
    let w3 = two_over_pi(word + 3u);
    let digits = (bits << 8u) | SIGN;
    let p1 = shifted(w1, w2, shift);
    let middle = digits * p1;
    var low = middle + high_product(digits, shifted(w2, w3, shift));
    let carry = select(0u, 1u, low < middle);
    var high = digits * shifted(w0, w1, shift) + high_product(digits, p1) + carry;
    let is_above = (high & 0x20000000u) != 0u;
    let quarter = (high >> 30u) + select(0u, 1u, is_above);
    let flip = select(0u, 0xffffffffu, is_above);
    high = (high ^ flip) & 0x3fffffffu;
    low = low ^ flip;
    let zeros = countLeadingZeros(high);
    var mantissa = high_product(shifted(high, low, zeros & 31u), 0xc90fdaa2u);
    let is_short = select(0u, 1u, (mantissa & SIGN) == 0u);
    mantissa = mantissa << is_short;
    let rounded = (mantissa >> 8u) + ((mantissa >> 7u) & 1u);
    let rest = bitcast<u32>(f32(rounded)) - ((zeros + is_short + 21u) << 23u);
    return Angle(quarter, bitcast<f32>(rest | (flip & SIGN)));
}

// The bits of the sine of a number, whose magnitude has these bits, and so many quarter turns.
fn sine(bits: u32, turned: u32) -> u32 {
    let a = angle(bits);
    let quarter = a.quarter + turned;
    let r = a.rest;
    let s = r * r;
    var p = fma(-0.00019518286f, s, 0.008332189f);
    p = fma(p, s, -0.16666655f);
    let sin = fma(r * s, p, r);
    var q = fma(2.4432327e-5f, s, -0.001388731f);
    q = fma(q, s, 0.041666646f);
    let cos = fma(s * s, q, fma(-0.5f, s, 1.0f));
    let y = select(bitcast<u32>(sin), bitcast<u32>(cos), (quarter & 1u) != 0u);
    return y ^ ((quarter & 2u) << 30u);
}

// sin x.
fn loom_sin(x: f32) -> f32 {
    let bits = magnitude(x);
    var y = select(sine(bits, 0u), 0u, bits < MIN_NORMAL) ^ (bitcast<u32>(x) & SIGN);
    y = select(y, CANONICAL_NAN, bits == INFINITY);
    return number_unless_nan(x, y);
}

// cos x.
fn loom_cos(x: f32) -> f32 {
    let bits = magnitude(x);
    let y = select(sine(bits, 1u), CANONICAL_NAN, bits == INFINITY);
    return number_unless_nan(x, y);
}
