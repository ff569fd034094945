// y = e^(x - max x), times 1 / (its sum), for each row of LEN values: x and y [batch ROWS, LEN].

fn run(row: u32, lane: u32, local: u32) {
    // Invocations beyond the last row see a row of no values: all of a workgroup must come to the sums.
    let len = select(0u, LEN, row < call.batch * ROWS);
    let x = INPUT * call.batch + row * LEN;
    let y = OUTPUT * call.batch + row * LEN;

    var key = BELOW_ALL;
    for (var i = lane; i < len; i += LANES) {
        key = max(key, order_key(activations[x + i]));
    }
    let greatest = number_of_key(greatest_key(local, key));

    var sum = 0.0f;
    for (var i = lane; i < len; i += LANES) {
        let power = loom_exp(activations[x + i] - greatest);
        activations[y + i] = power;
        sum += power;
    }
    let scale = recip(tree(local, sum));

    for (var i = lane; i < len; i += LANES) {
        activations[y + i] = flush(activations[y + i] * scale);
    }
}
