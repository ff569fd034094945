// One step of an LSTM, forward.

fn advance(row: u32, t: u32, unit: u32, a: vec4<f32>) {
    let i = flush(sigmoid(gate_sum(row, 0u, unit, a.x)));
    let f = flush(sigmoid(gate_sum(row, 1u, unit, a.y)));
    let g = flush(loom_tanh(gate_sum(row, 2u, unit, a.z)));
    let o = flush(sigmoid(gate_sum(row, 3u, unit, a.w)));
    let c = flush(fma(f, c_before(row, t, unit), flush(i * g)));
    activations[kept(row, 0u, unit)] = i;
    activations[kept(row, 1u, unit)] = f;
    activations[kept(row, 2u, unit)] = g;
    activations[kept(row, 3u, unit)] = o;
    activations[kept(row, CELL, unit)] = c;
    activations[OUTPUT * call.batch + row * HIDDEN + unit] = flush(o * flush(loom_tanh(c)));
}
