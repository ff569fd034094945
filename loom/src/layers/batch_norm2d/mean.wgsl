// mean = x_0 + the sum of x - x_0, over n, in training, else the running mean, for each channel.

const COLUMNS: u32 = CHANNELS;

// No samples are summed up in inference.
fn row_count() -> u32 {
    return select(0u, call.batch, call.training != 0u);
}

fn summand(row: u32, column: u32) -> f32 {
    return activations[WORK * call.batch + row * CHANNELS + column];
}

fn put_sum(column: u32, sum: f32) {
    var mean = parameter(RUNNING_MEAN + column);
    if call.training != 0u {
        let first = activations[INPUT * call.batch + column * POSITIONS];
        mean = flush(fma(sum, share_of(value_count()), first));
    }
    activations[mean_at(column)] = mean;
}
