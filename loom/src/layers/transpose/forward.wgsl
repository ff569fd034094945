// y[j, i] = x[i, j]: x [batch, ROWS, COLUMNS], y [batch, COLUMNS, ROWS].
fn run(index: u32) {
    if index >= call.batch * INPUT_LEN {
        return;
    }
    activations[OUTPUT * call.batch + transposed(index)] = activations[INPUT * call.batch + index];
}
