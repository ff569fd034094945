// d_W = the sum of the samples' d_W_s: scratch [batch, WEIGHT_LEN], d_W [WEIGHT_LEN].

const COLUMNS: u32 = OUT_CHANNELS * IN_CHANNELS * KERNEL_ROWS * KERNEL_COLUMNS;

fn row_count() -> u32 {
    return call.batch;
}

fn summand(row: u32, column: u32) -> f32 {
    return scratch[row * COLUMNS + column];
}

fn put_sum(column: u32, sum: f32) {
    d_weights[D_WEIGHT + column] = sum;
}
