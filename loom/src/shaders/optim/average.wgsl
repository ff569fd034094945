// r = r + MOMENTUM (x - r) for running means r, and what the batch had.
//
// Header: RUNNING: u32, where they begin among the weights, BATCH: u32, where x begins among the gradients, LEN: u32, MOMENTUM: f32.
fn run(i: u32) {
    if i < LEN {
        let running = weights[RUNNING + i];
        weights[RUNNING + i] = flush(fma(MOMENTUM, d_weights[BATCH + i] - running, running));
    }
}
