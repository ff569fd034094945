// What the kernels that bound a norm share: `scratch` holds the sum of squares of each chunk of gradients, then that of each
// chunk of gradients divided by 2^64, for where the first are infinite; then the two numbers that the gradients are multiplied by.
//
// Header: LEN: u32; BOUND: f32, above 0 and not subnormal.

const CHUNK: u32 = 4096u;
const CHUNKS: u32 = (LEN + CHUNK - 1u) / CHUNK;
const FACTORS: u32 = 2u * CHUNKS;

const TWO_POW_64: f32 = 1.8446744073709552e19f;
const SHRINK: f32 = 5.421011e-20f;
