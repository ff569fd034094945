// For each sample and channel, the sums of d_y and of d_y x̂ over the positions: d_y [batch, CHANNELS, POSITIONS], sums in scratch
// [2, batch, CHANNELS].
fn run(row: u32, lane: u32, local: u32) {
    // Invocations beyond the last row add up nothing: all of a workgroup must come to the tree.
    let rows = call.batch * CHANNELS;
    let exists = row < rows;
    let group = row / GROUP_CHANNELS;
    let first = row % GROUP_CHANNELS * POSITIONS;
    var sum = 0.0f;
    var products = 0.0f;
    for (var i = lane; i < select(0u, POSITIONS, exists); i += LANES) {
        let d_y = gradients[D_OUTPUT * call.batch + row * POSITIONS + i];
        sum += d_y;
        products = fma(d_y, normalised(group, first + i), products);
    }
    let d_bias = tree(local, sum);
    let d_weight = tree(local, products);
    if exists && lane == 0u {
        scratch[row] = snap(d_bias);
        scratch[rows + row] = snap(d_weight);
    }
}
