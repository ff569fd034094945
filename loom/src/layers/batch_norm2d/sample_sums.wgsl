// The sums that forward has left for each sample: in work [batch, CHANNELS].
const COLUMNS: u32 = CHANNELS;

// No samples are summed up in inference.
fn row_count() -> u32 {
    return select(0u, call.batch, call.training != 0u);
}

fn summand(row: u32, column: u32) -> f32 {
    return activations[WORK * call.batch + row * CHANNELS + column];
}
