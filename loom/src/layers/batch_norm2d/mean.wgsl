// mean = x_0 + the sum of x - x_0, over n, in training, else the running mean, for each channel.

fn put_sum(column: u32, sum: f32) {
    var mean = parameter(RUNNING_MEAN + column);
    if call.training != 0u {
        let first = activations[INPUT * call.batch + column * POSITIONS];
        mean = flush(fma(sum, share_of(value_count()), first));
    }
    activations[mean_at(column)] = mean;
}
