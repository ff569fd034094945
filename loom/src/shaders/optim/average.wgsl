// r = r + MOMENTUM (x - r) for the running means r, which lie behind the trained weights, and what the batch had.
//
// Header: FIRST: u32, where they begin, LEN: u32, MOMENTUM: f32.
fn run(i: u32) {
    if i < LEN {
        let running = weights[FIRST + i];
        weights[FIRST + i] = flush(fma(MOMENTUM, d_weights[FIRST + i] - running, running));
    }
}
