// The token at a place of the input.

const LAST: u32 = VOCABULARY - 1u;
const TWO_POW_24: u32 = 0x4b800000u;

// The token of x: its whole part, the last where that is beyond the vocabulary, 0 for NaN and below 0. VOCABULARY is at most
// 2^24. By integers, since devices convert what does not fit in ways of their own.
fn token(x: f32) -> u32 {
    let bits = bitcast<u32>(x);
    let whole = ((bits & 0x007fffffu) | 0x00800000u) >> (150u - clamp(bits >> 23u, 127u, 150u));
    let held = select(min(whole, LAST), LAST, bits >= TWO_POW_24);
    return select(held, 0u, bits < ONE || bits > INFINITY);
}
