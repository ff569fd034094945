// The steps of a recurrence: h_t from z_t and h_(t-1), for z [batch STEPS, GATES HIDDEN] and h [batch STEPS, HIDDEN].
//
// A workgroup takes one sample, step after step, and its invocations share the units of a step. The cell that this is joined
// to gives GATES and advance(row, t, unit, a), which computes a unit of h and what it leaves for backward.

const WEIGHT_COLUMNS: u32 = HIDDEN;

// W h_(t-1) for the gates of a unit, each k ascending from +0, + b. A cell of fewer than four gates has 0 for the others.
fn recurrent(row: u32, t: u32, unit: u32) -> vec4<f32> {
    var sums = vec4<f32>();
    if t > 0u {
        for (var k = 0u; k < HIDDEN; k++) {
            let w = vec4<f32>(of_gate(0u, unit, k), of_gate(1u, unit, k), of_gate(2u, unit, k), of_gate(3u, unit, k));
            sums = fma(w, vec4<f32>(activations[OUTPUT * call.batch + (row - 1u) * HIDDEN + k]), sums);
        }
    }
    return vec4<f32>(
        biased(sums.x, 0u, unit), biased(sums.y, 1u, unit), biased(sums.z, 2u, unit), biased(sums.w, 3u, unit)
    );
}

fn of_gate(gate: u32, unit: u32, k: u32) -> f32 {
    if gate < GATES {
        return weight(gate * HIDDEN + unit, k);
    }
    return 0.0f;
}

fn biased(sum: f32, gate: u32, unit: u32) -> f32 {
    if gate < GATES {
        return flush(rounded(sum) + parameter(BIAS + gate * HIDDEN + unit));
    }
    return 0.0f;
}

// What a gate of a unit is a function of: z + a.
fn gate_sum(row: u32, gate: u32, unit: u32, a: f32) -> f32 {
    return flush(z_at(row, gate, unit) + a);
}

fn z_at(row: u32, gate: u32, unit: u32) -> f32 {
    return activations[INPUT * call.batch + (row * GATES + gate) * HIDDEN + unit];
}

fn run(sample: u32, local: u32) {
    if sample >= call.batch {
        return;
    }
    for (var t = 0u; t < STEPS; t++) {
        let row = sample * STEPS + t;
        for (var unit = local; unit < HIDDEN; unit += WORKGROUP) {
            advance(row, t, unit, recurrent(row, t, unit));
        }
        storageBarrier();
    }
}
