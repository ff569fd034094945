// P = softmax of SCALE q k^T, for each row, over the steps that are seen.
fn run(row: u32, lane: u32, local: u32) {
    // Invocations beyond the last row see no steps: all of a workgroup must come to the sums.
    let len = select(0u, seen_by(row % STEPS), row < call.batch * HEADS * STEPS);
    let first = row / (HEADS * STEPS) * STEPS;
    let query = first + row % STEPS;
    let column = row / STEPS % HEADS * WIDTH;
    let p = row_of(row);

    var key = BELOW_ALL;
    for (var j = lane; j < len; j += LANES) {
        var sum = 0.0f;
        for (var c = column; c < column + WIDTH; c++) {
            sum = fma(projected(query, c), projected(first + j, FEATURES + c), sum);
        }
        let score = flush(flush(sum) * SCALE);
        activations[p + j] = score;
        key = max(key, order_key(score));
    }
    let greatest = number_of_key(greatest_key(local, key));

    var sum = 0.0f;
    for (var j = lane; j < len; j += LANES) {
        let power = loom_exp(activations[p + j] - greatest);
        activations[p + j] = power;
        sum += power;
    }
    let scale = recip(tree(local, sum));

    for (var j = lane; j < len; j += LANES) {
        activations[p + j] = flush(activations[p + j] * scale);
    }
}
