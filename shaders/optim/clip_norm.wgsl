// What the kernels that bound a norm share: `scratch` holds the sum of squares of each chunk of gradients, then the number
// that the gradients are multiplied by.
//
// Header: LEN: u32; BOUND: f32, above 0 and not subnormal.

const CHUNK: u32 = 4096u;
const CHUNKS: u32 = (LEN + CHUNK - 1u) / CHUNK;
