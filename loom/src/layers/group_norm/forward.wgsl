// y = x̂ w + b for each group of each sample: x and y [batch, CHANNELS, POSITIONS], w and b [CHANNELS]. A row is a group. Its mean
// and rstd stay in work [batch, GROUPS, 2].
fn run(row: u32, lane: u32, local: u32) {
    // Invocations beyond the last row see a row of no values: all of a workgroup must come to the sums.
    let exists = row < call.batch * GROUPS;
    let len = select(0u, GROUP_LEN, exists);
    let x = INPUT * call.batch + row * GROUP_LEN;
    let y = OUTPUT * call.batch + row * GROUP_LEN;

    // The mean of equal values is exact, since their sum is taken from the first.
    var start = 0.0f;
    if exists {
        start = activations[x];
    }
    var sum = 0.0f;
    for (var i = lane; i < len; i += LANES) {
        sum += activations[x + i] - start;
    }
    let mean = flush(fma(flush(tree(local, sum)), SHARE, start));

    var squares = 0.0f;
    for (var i = lane; i < len; i += LANES) {
        let difference = activations[x + i] - mean;
        squares = fma(difference, difference, squares);
    }
    let rstd = rsqrt_of_variance(fma(tree(local, squares), SHARE, EPSILON));

    for (var i = lane; i < len; i += LANES) {
        let channel = channel_of(row, i);
        let normalised = flush((activations[x + i] - mean) * rstd);
        activations[y + i] = flush(fma(normalised, parameter(WEIGHT + channel), parameter(BIAS + channel)));
    }
    if exists && lane == 0u {
        activations[WORK * call.batch + row * 2u] = mean;
        activations[WORK * call.batch + row * 2u + 1u] = rstd;
    }
}
