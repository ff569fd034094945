// One step of an Elman network, backward.

// d_a is d_z.
fn d_a_at(row: u32, j: u32) -> f32 {
    return gradients[D_INPUT * call.batch + row * HIDDEN + j];
}

fn d_before(d_recurrent: f32, direct: f32) -> f32 {
    return flush(d_recurrent);
}

// d_z = d_h f', which follows from h.
fn retreat(row: u32, t: u32, unit: u32, d_h: f32, direct: f32) -> f32 {
    let h = activations[OUTPUT * call.batch + row * HIDDEN + unit];
    var d_z = select(0.0f, d_h, h > 0.0f);
    if !RELU {
        d_z = d_h * fma(-h, h, 1.0f);
    }
    gradients[D_INPUT * call.batch + row * HIDDEN + unit] = flush(d_z);
    return 0.0f;
}
