// What the running means move towards: the mean, and the sum of (x - mean)^2 over n - 1, of the batch; in inference, or
// where n is 1, themselves.
fn run(channel: u32) {
    if channel >= CHANNELS {
        return;
    }
    var mean = weights[RUNNING_MEAN + channel];
    var variance = weights[RUNNING_VAR + channel];
    if call.training != 0u && value_count() > 1u {
        mean = activations[mean_at(channel)];
        variance = flush(activations[squares_at(channel)] * share_of(value_count() - 1u));
    }
    d_weights[D_RUNNING_MEAN + channel] = mean;
    d_weights[D_RUNNING_VAR + channel] = variance;
}
