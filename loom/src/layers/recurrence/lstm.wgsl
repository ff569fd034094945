// i, f, o = sigmoid(z + a) and g = tanh(z + a); c = f c_before + i g; h = o tanh(c). Forward leaves [batch STEPS, 5 HIDDEN] for
// backward: i, f, g, o, c.

const GATES: u32 = 4u;
const CELL: u32 = 4u;

// Where a value of a unit lies that forward leaves.
fn kept(row: u32, value: u32, unit: u32) -> u32 {
    return WORK * call.batch + (row * 5u + value) * HIDDEN + unit;
}

fn c_before(row: u32, t: u32, unit: u32) -> f32 {
    if t > 0u {
        return activations[kept(row - 1u, CELL, unit)];
    }
    return 0.0f;
}
