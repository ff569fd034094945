// One step of a GRU, forward.

fn advance(row: u32, t: u32, unit: u32, a: vec4<f32>) {
    let r = flush(sigmoid(gate_sum(row, 0u, unit, a.x)));
    let u = flush(sigmoid(gate_sum(row, 1u, unit, a.y)));
    let n = flush(loom_tanh(flush(fma(r, a.z, z_at(row, 2u, unit)))));
    activations[kept(row, 0u, unit)] = r;
    activations[kept(row, 1u, unit)] = u;
    activations[kept(row, 2u, unit)] = n;
    activations[kept(row, 3u, unit)] = a.z;
    activations[OUTPUT * call.batch + row * HIDDEN + unit] = flush(fma(u, h_before(row, t, unit) - n, n));
}
