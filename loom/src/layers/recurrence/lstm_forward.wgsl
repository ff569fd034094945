// One step of an LSTM, forward.

fn advance(row: u32, t: u32, unit: u32, a: vec4<f32>) {
    let i = snap(sigmoid(gate_sum(row, 0u, unit, a.x)));
    let f = snap(sigmoid(gate_sum(row, 1u, unit, a.y)));
    let g = snap(loom_tanh(gate_sum(row, 2u, unit, a.z)));
    let o = snap(sigmoid(gate_sum(row, 3u, unit, a.w)));
    let c = snap(fma(f, c_before(row, t, unit), snap(i * g)));
    activations[kept(row, 0u, unit)] = i;
    activations[kept(row, 1u, unit)] = f;
    activations[kept(row, 2u, unit)] = g;
    activations[kept(row, 3u, unit)] = o;
    activations[kept(row, CELL, unit)] = c;
    activations[OUTPUT * call.batch + row * HIDDEN + unit] = snap(o * snap(loom_tanh(c)));
}
