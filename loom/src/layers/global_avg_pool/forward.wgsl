// y = SHARE times the sum of each channel: x [batch CHANNELS, LEN], y [batch CHANNELS]. SHARE is 1 / LEN.
fn run(row: u32, lane: u32, local: u32) {
    // Invocations beyond the last row add up nothing: all of a workgroup must come to the tree.
    let exists = row < call.batch * CHANNELS;
    let start = INPUT * call.batch + row * LEN;
    var sum = 0.0f;
    for (var i = lane; i < select(0u, LEN, exists); i += LANES) {
        sum += activations[start + i];
    }
    let total = tree(local, sum);
    if exists && lane == 0u {
        activations[OUTPUT * call.batch + row] = flush(total * SHARE);
    }
}
