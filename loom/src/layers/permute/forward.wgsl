// y[a, j, i, b] = x[a, i, j, b]: x [batch, outer, ROWS, COLUMNS, INNER], y [batch, outer, COLUMNS, ROWS, INNER].
fn run(index: u32) {
    if index >= call.batch * INPUT_LEN {
        return;
    }
    activations[OUTPUT * call.batch + permuted(index)] = activations[INPUT * call.batch + index];
}
