// rstd = 1 / sqrt(variance + EPSILON), for each channel: the variance is the sum of (x - mean)^2, over n, in training, else
// the running one.

fn put_sum(column: u32, sum: f32) {
    var shifted = parameter(RUNNING_VAR + column) + EPSILON;
    if call.training != 0u {
        shifted = fma(sum, share_of(value_count()), EPSILON);
        activations[squares_at(column)] = sum;
    }
    activations[rstd_at(column)] = rsqrt_of_variance(shifted);
}
