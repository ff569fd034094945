// W[row, column] = flush(f32(code - zero_point) * scale) of a weight in integers: its codes lie from WEIGHT on, row after row,
// scales from SCALES, and zero points, where it is UNSIGNED, from ZERO_POINTS. CODE_BITS is in the header; the kernel gives
// WEIGHT_COLUMNS.

// The sign of a signed code, in the word that has it. With it turned, codes are unsigned and have it as their zero point.
const CODE_SIGN: u32 = 1u << ((CODE_BITS - 1u) % 32u);

fn weight(row: u32, column: u32) -> f32 {
    let i = row * WEIGHT_COLUMNS + column;
    let group = scale_of(row, column);
    var steps: f32;
    if CODE_BITS == 64u {
        steps = wide_steps(i, group);
    } else {
        steps = narrow_steps(i, group);
    }
    return flush(steps * parameter(SCALES + group));
}

// Codes of at most 32 bits. Devices agree on conversions that round nothing, as of less than 24 bits.
fn narrow_steps(i: u32, group: u32) -> f32 {
    var code = code_at(WEIGHT, i);
    var zero = CODE_SIGN;
    if UNSIGNED {
        zero = code_at(ZERO_POINTS, group);
    } else {
        code ^= CODE_SIGN;
    }
    let below = code < zero;
    let distance = select(code - zero, zero - code, below);
    if CODE_BITS < 32u {
        return signed(below, bitcast<u32>(f32(distance)));
    }
    return signed(below, nearest_f32(distance, 0u, 127u + 31u));
}

// Codes of 64 bits.
fn wide_steps(i: u32, group: u32) -> f32 {
    var code = vec2<u32>(code_at(WEIGHT, i), upper_half_at(WEIGHT, i));
    var zero = vec2<u32>(0u, CODE_SIGN);
    if UNSIGNED {
        zero = vec2<u32>(code_at(ZERO_POINTS, group), upper_half_at(ZERO_POINTS, group));
    } else {
        code.y ^= CODE_SIGN;
    }
    let below = code.y < zero.y || (code.y == zero.y && code.x < zero.x);
    let greater = select(code, zero, below);
    let lesser = select(zero, code, below);
    let lower = greater.x - lesser.x;
    let upper = greater.y - lesser.y - select(0u, 1u, greater.x < lesser.x);
    if upper == 0u {
        return signed(below, nearest_f32(lower, 0u, 127u + 31u));
    }
    return signed(below, nearest_f32(upper, lower, 127u + 63u));
}

fn signed(negative: bool, bits: u32) -> f32 {
    return bitcast<f32>(bits | select(0u, SIGN, negative));
}

// The bits of the f32 nearest to a whole number, ties to even, of two words: the upper, which is 0 in 0 alone, and the lower.
// `exponent` is that of the upper word's highest bit.
fn nearest_f32(upper: u32, lower: u32, exponent: u32) -> u32 {
    if upper == 0u {
        return 0u;
    }
    let zeros = countLeadingZeros(upper);
    let leading = (upper << zeros) | ((lower >> 1u) >> (31u - zeros));
    // Half of the last bit kept, and what is below.
    let dropped = ((leading & 0xffu) << 1u) | select(0u, 1u, (lower << zeros) != 0u);
    let kept = leading >> 8u;
    // The leading 1 counts as one exponent, and a carry goes on to the next.
    let bits = ((exponent - zeros - 1u) << 23u) + kept;
    return bits + select(0u, 1u, dropped + (kept & 1u) > 0x100u);
}
