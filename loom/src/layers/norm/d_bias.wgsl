// d_b = the sum of the rows of d_y: d_y [batch ROWS, LEN], d_b [LEN].

const COLUMNS: u32 = LEN;

fn row_count() -> u32 {
    return call.batch * ROWS;
}

fn summand(row: u32, column: u32) -> f32 {
    return gradients[D_OUTPUT * call.batch + row * LEN + column];
}

fn put_sum(column: u32, sum: f32) {
    if HAS_BIAS {
        d_weights[D_BIAS + column] = sum;
    }
}
