// One step of a GRU, backward.

// d_a differs from d_z in n's rows, so it lies in scratch: [batch STEPS, 3 HIDDEN].
fn d_a_at(row: u32, j: u32) -> f32 {
    return scratch[row * 3u * HIDDEN + j];
}

// With d_h_after u, which the step after gives.
fn d_before(d_recurrent: f32, direct: f32) -> f32 {
    return flush(d_recurrent + direct);
}

fn put_d_z(row: u32, gate: u32, unit: u32, d: f32) {
    gradients[D_INPUT * call.batch + (row * 3u + gate) * HIDDEN + unit] = d;
}

fn put_d_a(row: u32, gate: u32, unit: u32, d: f32) {
    scratch[(row * 3u + gate) * HIDDEN + unit] = d;
}

// Gives d_h u.
fn retreat(row: u32, t: u32, unit: u32, d_h: f32, direct: f32) -> f32 {
    let r = activations[kept(row, 0u, unit)];
    let u = activations[kept(row, 1u, unit)];
    let n = activations[kept(row, 2u, unit)];
    let a_n = activations[kept(row, 3u, unit)];
    let d_n = flush((d_h * (1.0f - u)) * fma(-n, n, 1.0f));
    let d_u = flush((d_h * (h_before(row, t, unit) - n)) * fma(-u, u, u));
    let d_r = flush((d_n * a_n) * fma(-r, r, r));
    put_d_z(row, 0u, unit, d_r);
    put_d_z(row, 1u, unit, d_u);
    put_d_z(row, 2u, unit, d_n);
    put_d_a(row, 0u, unit, d_r);
    put_d_a(row, 1u, unit, d_u);
    put_d_a(row, 2u, unit, flush(d_n * r));
    return flush(d_h * u);
}
