// In training, for each sample and channel, the sum of (x - mean)^2 over the positions: x [batch, CHANNELS, POSITIONS], sums
// in work [batch, CHANNELS].
fn run(row: u32, lane: u32, local: u32) {
    // Invocations beyond the last row add up nothing: all of a workgroup must come to the tree.
    let exists = row < call.batch * CHANNELS && call.training != 0u;
    let x = INPUT * call.batch + row * POSITIONS;
    var mean = 0.0f;
    if exists {
        mean = activations[mean_at(row % CHANNELS)];
    }
    var sum = 0.0f;
    for (var i = lane; i < select(0u, POSITIONS, exists); i += LANES) {
        let difference = activations[x + i] - mean;
        sum = fma(difference, difference, sum);
    }
    let total = tree(local, sum);
    if exists && lane == 0u {
        activations[WORK * call.batch + row] = flush(total);
    }
}
