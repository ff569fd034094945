// d_x[a, i, j, b] = d_y[a, j, i, b]: d_x [batch, outer, ROWS, COLUMNS, INNER], d_y [batch, outer, COLUMNS, ROWS, INNER].
fn run(index: u32) {
    if index >= call.batch * INPUT_LEN {
        return;
    }
    gradients[D_INPUT * call.batch + index] = gradients[D_OUTPUT * call.batch + permuted(index)];
}
