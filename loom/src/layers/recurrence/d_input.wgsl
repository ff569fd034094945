// The steps of a recurrence from the last to the first: d_h_t = d_y_t + W^T d_a_(t+1), and from it d_z_t and d_a_t, for d_y
// [batch STEPS, HIDDEN], d_z and d_a [batch STEPS, GATES HIDDEN].
//
// A workgroup takes one sample, and its invocations share the units of a step. The cell that this is joined to gives GATES;
// d_a_at; retreat(row, t, unit, d_h, direct), which writes a unit of d_z and of d_a, and gives what goes back to the step before
// by the cell alone; and d_before, what reaches that step in all. `direct` is kept in the place of d_y_t, where the same
// invocation finds it at step t - 1.

// The sum over j of W[j, unit] d_a_(t+1)[j], j ascending from +0.
fn d_recurrent(row: u32, unit: u32) -> f32 {
    var sum = 0.0f;
    for (var j = 0u; j < GATES * HIDDEN; j++) {
        sum = fma(d_a_at(row + 1u, j), weights[WEIGHT + j * HIDDEN + unit], sum);
    }
    return rounded(sum);
}

fn run(sample: u32, local: u32) {
    if sample >= call.batch {
        return;
    }
    for (var left = STEPS; left > 0u; left--) {
        let t = left - 1u;
        let row = sample * STEPS + t;
        for (var unit = local; unit < HIDDEN; unit += WORKGROUP) {
            let d_y = D_OUTPUT * call.batch + row * HIDDEN + unit;
            var d_h = 0.0f;
            var direct = 0.0f;
            if left < STEPS {
                direct = gradients[d_y + HIDDEN];
                d_h = d_before(d_recurrent(row, unit), direct);
            }
            gradients[d_y] = retreat(row, t, unit, flush(gradients[d_y] + d_h), direct);
        }
        storageBarrier();
    }
}
