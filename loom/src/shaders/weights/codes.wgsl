// Codes of 4, 8, 16, 32 or 64 bits, the first in the lowest bits of a word. CODE_BITS is in the header.

const CODES_PER_WORD: u32 = max(32u / CODE_BITS, 1u);

// Code `i` of those that begin at a word, of at most 32 bits; of 64 bits its lower half.
fn code_at(start: u32, i: u32) -> u32 {
    if CODE_BITS == 64u {
        return weights[start + 2u * i];
    }
    let word = weights[start + i / CODES_PER_WORD] >> (i % CODES_PER_WORD * CODE_BITS);
    return word & (0xffffffffu >> (32u - min(CODE_BITS, 32u)));
}

// The upper half of a code of 64 bits.
fn upper_half_at(start: u32, i: u32) -> u32 {
    return weights[start + 2u * i + 1u];
}
