// d_x = y (d_y - the sum of d_y y), for each row of LEN values: y, d_y and d_x [batch ROWS, LEN].
fn run(row: u32, lane: u32, local: u32) {
    // Invocations beyond the last row see a row of no values: all of a workgroup must come to the tree.
    let len = select(0u, LEN, row < call.batch * ROWS);
    let y = OUTPUT * call.batch + row * LEN;
    let d_y = D_OUTPUT * call.batch + row * LEN;
    let d_x = D_INPUT * call.batch + row * LEN;

    var sum = 0.0f;
    for (var i = lane; i < len; i += LANES) {
        sum = fma(gradients[d_y + i], activations[y + i], sum);
    }
    let mean = tree(local, sum);

    for (var i = lane; i < len; i += LANES) {
        gradients[d_x + i] = flush(activations[y + i] * (gradients[d_y + i] - mean));
    }
}
