// d_W = d_a^T h_before: d_a [batch STEPS, GATES HIDDEN], h_before [batch STEPS, HIDDEN], d_W [GATES HIDDEN, HIDDEN], where
// h_before is h one step earlier, and 0 at the first.

const A_ALONG_K: bool = false;
const B_ALONG_K: bool = false;

fn rows() -> u32 {
    return GATES * HIDDEN;
}

fn columns() -> u32 {
    return HIDDEN;
}

fn depth() -> u32 {
    return call.batch * STEPS;
}

fn a_at(row: u32, k: u32) -> f32 {
    if row < GATES * HIDDEN && k < depth() {
        return d_a_at(k, row);
    }
    return 0.0f;
}

fn b_at(k: u32, column: u32) -> f32 {
    if k < depth() && column < HIDDEN && k % STEPS > 0u {
        return activations[OUTPUT * call.batch + (k - 1u) * HIDDEN + column];
    }
    // A 0 that a compiler does not know: with a single step, it would take NaN times 0 for 0.
    return bitcast<f32>((call.batch + k) >> 31u);
}

fn put(row: u32, column: u32, sum: f32) {
    d_weights[D_WEIGHT + row * HIDDEN + column] = flush(sum);
}
