// y[o, i] = the sum of x[o, k, i] over k: x [batch, .., LEN, INNER].
fn run(row: u32, lane: u32, local: u32) {
    let is_there = row < call.batch * OUTPUT_LEN;
    var sum = 0.0f;
    if is_there {
        let first = INPUT * call.batch + row / INNER * LEN * INNER + row % INNER;
        for (var k = lane; k < LEN; k += LANES) {
            sum += activations[first + k * INNER];
        }
    }
    let total = tree(local, sum);
    if is_there && lane == 0u {
        activations[OUTPUT * call.batch + row] = flush(total);
    }
}
