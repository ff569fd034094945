// BOUND / (sqrt(sum of g^2) + 1e-6), from the chunks' sums. One workgroup, of which 16 lanes add.
@compute @workgroup_size(WORKGROUP)
fn norm_scale(@builtin(local_invocation_index) local: u32) {
    var sum = 0.0f;
    if local < LANES {
        for (var chunk = local; chunk < CHUNKS; chunk += LANES) {
            sum += scratch[chunk];
        }
    }
    let norm = loom_sqrt(tree(local, sum));
    if local == 0u {
        scratch[CHUNKS] = BOUND * recip(norm + 1e-6f);
    }
}
