// y = x̂ w + b with x̂ = (x - mean) rstd, for each row of LEN values: x and y [batch ROWS, LEN], w and b [LEN]. The mean is
// that of the row where CENTRED, else 0; rstd = 1 / sqrt(the mean of (x - mean)^2 + EPSILON). Both stay in work [batch ROWS, 2].
fn run(row: u32, lane: u32, local: u32) {
    // Invocations beyond the last row see a row of no values: all of a workgroup must come to the sums.
    let exists = row < call.batch * ROWS;
    let len = select(0u, LEN, exists);
    let x = INPUT * call.batch + row * LEN;
    let y = OUTPUT * call.batch + row * LEN;

    var mean = 0.0f;
    if CENTRED {
        // The mean of equal values is exact, since their sum is taken from the first.
        var start = 0.0f;
        if exists {
            start = activations[x];
        }
        var sum = 0.0f;
        for (var i = lane; i < len; i += LANES) {
            sum += activations[x + i] - start;
        }
        mean = flush(fma(flush(tree(local, sum)), SHARE, start));
    }

    var squares = 0.0f;
    for (var i = lane; i < len; i += LANES) {
        let difference = activations[x + i] - mean;
        squares = fma(difference, difference, squares);
    }
    let rstd = rsqrt_of_variance(fma(tree(local, squares), SHARE, EPSILON));

    for (var i = lane; i < len; i += LANES) {
        var offset = 0.0f;
        if HAS_BIAS {
            offset = parameter(BIAS + parameter_of(row, i));
        }
        let normalised = flush((activations[x + i] - mean) * rstd);
        activations[y + i] = flush(fma(normalised, parameter(WEIGHT + parameter_of(row, i)), offset));
    }
    if exists && lane == 0u {
        activations[WORK * call.batch + row * 2u] = mean;
        activations[WORK * call.batch + row * 2u + 1u] = rstd;
    }
}
