// d_b = the sum of the rows of d_a: d_a [batch STEPS, GATES HIDDEN], d_b [GATES HIDDEN].

const COLUMNS: u32 = GATES * HIDDEN;

fn row_count() -> u32 {
    return call.batch * STEPS;
}

fn summand(row: u32, column: u32) -> f32 {
    return d_a_at(row, column);
}

fn put_sum(column: u32, sum: f32) {
    d_weights[D_BIAS + column] = sum;
}
