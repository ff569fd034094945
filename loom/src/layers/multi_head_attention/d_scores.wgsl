// d_P = d_o v^T and d_S = SCALE P (d_P - the sum of d_P P), for each row, over the steps that are seen: d_S [batch, HEADS,
// STEPS, STEPS] in scratch, where d_P is before it.
fn run(row: u32, lane: u32, local: u32) {
    // Invocations beyond the last row see no steps: all of a workgroup must come to the tree.
    let len = select(0u, seen_by(row % STEPS), row < call.batch * HEADS * STEPS);
    let first = row / (HEADS * STEPS) * STEPS;
    let column = row / STEPS % HEADS * WIDTH;
    let d_o = D_OUTPUT * call.batch + (first + row % STEPS) * FEATURES;
    let p = row_of(row);
    let d_s = row * STEPS;

    var sum = 0.0f;
    for (var j = lane; j < len; j += LANES) {
        var product = 0.0f;
        for (var c = column; c < column + WIDTH; c++) {
            product = fma(gradients[d_o + c], projected(first + j, 2u * FEATURES + c), product);
        }
        let d_p = flush(product);
        scratch[d_s + j] = d_p;
        sum = fma(d_p, activations[p + j], sum);
    }
    let mean = tree(local, sum);

    for (var j = lane; j < len; j += LANES) {
        let d = flush(activations[p + j] * (scratch[d_s + j] - mean));
        scratch[d_s + j] = flush(d * SCALE);
    }
}
