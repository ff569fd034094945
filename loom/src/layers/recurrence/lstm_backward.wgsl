// One step of an LSTM, backward.

// d_a is d_z.
fn d_a_at(row: u32, j: u32) -> f32 {
    return gradients[D_INPUT * call.batch + row * 4u * HIDDEN + j];
}

fn d_before(d_recurrent: f32, direct: f32) -> f32 {
    return flush(d_recurrent);
}

fn put_d_z(row: u32, gate: u32, unit: u32, d: f32) {
    gradients[D_INPUT * call.batch + (row * 4u + gate) * HIDDEN + unit] = flush(d);
}

// d_c = d_c_after + d_h o tanh'(c), where the step after gives d_c_after; then the gates. Gives d_c f.
fn retreat(row: u32, t: u32, unit: u32, d_h: f32, d_c_after: f32) -> f32 {
    let i = activations[kept(row, 0u, unit)];
    let f = activations[kept(row, 1u, unit)];
    let g = activations[kept(row, 2u, unit)];
    let o = activations[kept(row, 3u, unit)];
    let tanh_c = flush(loom_tanh(activations[kept(row, CELL, unit)]));
    let d_c = flush(fma(flush(d_h * o), fma(-tanh_c, tanh_c, 1.0f), d_c_after));
    put_d_z(row, 0u, unit, (d_c * g) * fma(-i, i, i));
    put_d_z(row, 1u, unit, (d_c * c_before(row, t, unit)) * fma(-f, f, f));
    put_d_z(row, 2u, unit, (d_c * i) * fma(-g, g, 1.0f));
    put_d_z(row, 3u, unit, (d_h * tanh_c) * fma(-o, o, o));
    return flush(d_c * f);
}
