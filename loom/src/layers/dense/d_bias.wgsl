// d_b = the sum of the rows of d_y: d_y [rows, OUT], d_b [OUT].

const COLUMNS: u32 = OUT;

fn row_count() -> u32 {
    return call.batch * ROWS;
}

fn summand(row: u32, column: u32) -> f32 {
    return gradients[D_OUTPUT * call.batch + row * OUT + column];
}

fn put_sum(column: u32, sum: f32) {
    if HAS_BIAS {
        d_weights[D_BIAS + column] = sum;
    }
}
