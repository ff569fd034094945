// d_b = the sum of what d_bias has left for each sample: scratch [batch, OUT_CHANNELS], d_b [OUT_CHANNELS].

const COLUMNS: u32 = OUT_CHANNELS;

fn row_count() -> u32 {
    return call.batch;
}

fn summand(row: u32, column: u32) -> f32 {
    return scratch[row * COLUMNS + column];
}

fn put_sum(column: u32, sum: f32) {
    if HAS_BIAS {
        d_weights[D_BIAS + column] = sum;
    }
}
