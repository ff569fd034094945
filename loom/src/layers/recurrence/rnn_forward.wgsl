// One step of an Elman network, forward.

fn advance(row: u32, t: u32, unit: u32, a: vec4<f32>) {
    let p = gate_sum(row, 0u, unit, a.x);
    var h = positive(p);
    if !RELU {
        h = flush(loom_tanh(p));
    }
    activations[OUTPUT * call.batch + row * HIDDEN + unit] = h;
}
