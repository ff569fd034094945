// r, u = sigmoid(z + a); n = tanh(z_n + r a_n); h = n + u (h_before - n). Forward leaves [batch STEPS, 4 HIDDEN] for backward:
// r, u, n, a_n.

const GATES: u32 = 3u;

// Where a value of a unit lies that forward leaves.
fn kept(row: u32, value: u32, unit: u32) -> u32 {
    return WORK * call.batch + (row * 4u + value) * HIDDEN + unit;
}

fn h_before(row: u32, t: u32, unit: u32) -> f32 {
    if t > 0u {
        return activations[OUTPUT * call.batch + (row - 1u) * HIDDEN + unit];
    }
    return 0.0f;
}
