// d_w = the sum of the rows of d_y x̂: d_y [batch ROWS, LEN], d_w [LEN].

const COLUMNS: u32 = LEN;

fn row_count() -> u32 {
    return call.batch * ROWS;
}

fn summand(row: u32, column: u32) -> f32 {
    return flush(gradients[D_OUTPUT * call.batch + row * LEN + column] * normalised(row, column));
}

fn put_sum(column: u32, sum: f32) {
    d_weights[D_WEIGHT + column] = sum;
}
