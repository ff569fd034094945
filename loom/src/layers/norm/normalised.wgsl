// What forward left in work [batch ROWS, 2].
fn rstd(row: u32) -> f32 {
    return activations[WORK * call.batch + row * 2u + 1u];
}

// x̂ = (x - mean) rstd.
fn normalised(row: u32, i: u32) -> f32 {
    let mean = activations[WORK * call.batch + row * 2u];
    return flush((activations[INPUT * call.batch + row * LEN + i] - mean) * rstd(row));
}
