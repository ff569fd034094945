// In training, for each sample and channel, the sum of x - x_0 over the positions, where x_0 is the first value of the channel,
// so that the mean of equal values is exact: x [batch, CHANNELS, POSITIONS], sums in work [batch, CHANNELS].
fn run(row: u32, lane: u32, local: u32) {
    // Invocations beyond the last row add up nothing: all of a workgroup must come to the tree.
    let exists = row < call.batch * CHANNELS && call.training != 0u;
    let x = INPUT * call.batch + row * POSITIONS;
    var first = 0.0f;
    if exists {
        first = activations[INPUT * call.batch + row % CHANNELS * POSITIONS];
    }
    var sum = 0.0f;
    for (var i = lane; i < select(0u, POSITIONS, exists); i += LANES) {
        sum += activations[x + i] - first;
    }
    let total = tree(local, sum);
    if exists && lane == 0u {
        activations[WORK * call.batch + row] = flush(total);
    }
}
