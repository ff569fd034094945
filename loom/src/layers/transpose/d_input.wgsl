// d_x[i, j] = d_y[j, i]: d_x [batch, ROWS, COLUMNS], d_y [batch, COLUMNS, ROWS].
fn run(index: u32) {
    if index >= call.batch * INPUT_LEN {
        return;
    }
    gradients[D_INPUT * call.batch + index] = gradients[D_OUTPUT * call.batch + transposed(index)];
}
