// For each sample and channel, the sum of d_y over the positions: d_y [batch, OUT_CHANNELS, POSITIONS], sums in scratch
// [batch, OUT_CHANNELS]. d_bias_sum adds up the samples.

const POSITIONS: u32 = OUT_ROWS * OUT_COLUMNS;

fn run(row: u32, lane: u32, local: u32) {
    // Invocations beyond the last row add up nothing: all of a workgroup must come to the tree.
    let exists = row < call.batch * OUT_CHANNELS;
    let start = D_OUTPUT * call.batch + row * POSITIONS;
    var sum = 0.0f;
    for (var i = lane; i < select(0u, POSITIONS, exists); i += LANES) {
        sum += gradients[start + i];
    }
    let total = tree(local, sum);
    if exists && lane == 0u {
        scratch[row] = flush(total);
    }
}
