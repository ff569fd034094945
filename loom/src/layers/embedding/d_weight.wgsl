// d_W[v] = the sum of the rows of d_y whose token is v: x [rows], d_y [rows, FEATURES], d_W [VOCABULARY, FEATURES].

const COLUMNS: u32 = VOCABULARY * FEATURES;

fn row_count() -> u32 {
    return call.batch * INPUT_LEN;
}

fn summand(row: u32, column: u32) -> f32 {
    if token(activations[INPUT * call.batch + row]) == column / FEATURES {
        return gradients[D_OUTPUT * call.batch + row * FEATURES + column % FEATURES];
    }
    return 0.0f;
}

fn put_sum(column: u32, sum: f32) {
    d_weights[D_WEIGHT + column] = sum;
}
