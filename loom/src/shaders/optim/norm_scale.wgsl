// BOUND / (sqrt(sum of g^2) + 1e-6) and 1, from the chunks' sums; where that sum is infinite, BOUND / sqrt(sum of (g / 2^64)^2), of
// at most 2^64, and 2^-64. One workgroup, of which 16 lanes add.
fn run(row: u32, lane: u32, local: u32) {
    var sum = 0.0f;
    var shrunk_sum = 0.0f;
    if row == 0u {
        for (var chunk = lane; chunk < CHUNKS; chunk += LANES) {
            sum += scratch[chunk];
            shrunk_sum += scratch[CHUNKS + chunk];
        }
    }
    let squares = tree(local, sum);
    let shrunk_norm = loom_sqrt(tree(local, shrunk_sum));
    if local == 0u {
        if bitcast<u32>(squares) == INFINITY {
            scratch[FACTORS] = within(BOUND * recip(shrunk_norm), TWO_POW_64);
            scratch[FACTORS + 1u] = SHRINK;
        } else {
            scratch[FACTORS] = BOUND * recip(loom_sqrt(squares) + 1e-6f);
            scratch[FACTORS + 1u] = 1.0f;
        }
    }
}
