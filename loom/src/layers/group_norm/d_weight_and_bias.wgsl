// d_b and d_w = the sums of what d_sums has left for each sample: scratch [2, batch, CHANNELS], d_b and d_w [CHANNELS].

const COLUMNS: u32 = 2u * CHANNELS;

fn row_count() -> u32 {
    return call.batch;
}

fn summand(row: u32, column: u32) -> f32 {
    return scratch[(column / CHANNELS * call.batch + row) * CHANNELS + column % CHANNELS];
}

fn put_sum(column: u32, sum: f32) {
    d_weights[select(D_WEIGHT, D_BIAS, column < CHANNELS) + column % CHANNELS] = sum;
}
