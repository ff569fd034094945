// The gradient of a parameter that is the same for each sample: the sum of d_y [batch, OUTPUT_LEN] over the samples.

const COLUMNS: u32 = OUTPUT_LEN;

fn row_count() -> u32 {
    return call.batch;
}

fn summand(row: u32, column: u32) -> f32 {
    return gradients[D_OUTPUT * call.batch + row * COLUMNS + column];
}

fn put_sum(column: u32, sum: f32) {
    d_weights[D_WEIGHT + column] = sum;
}
