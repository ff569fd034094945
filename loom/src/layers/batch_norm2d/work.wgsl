// Work: [batch, CHANNELS] sums of each sample, and for each channel of the batch the mean, rstd = 1 / sqrt(variance + EPSILON),
// and, in training, the sum of (x - mean)^2.

fn mean_at(channel: u32) -> u32 {
    return (WORK + CHANNELS) * call.batch + channel;
}

fn rstd_at(channel: u32) -> u32 {
    return mean_at(channel) + CHANNELS;
}

fn squares_at(channel: u32) -> u32 {
    return mean_at(channel) + 2u * CHANNELS;
}

// Values of a channel.
fn value_count() -> u32 {
    return call.batch * POSITIONS;
}

// 1 / n. Each half of n is a float, and the sum rounds once.
fn share_of(n: u32) -> f32 {
    return recip(fma(f32(n >> 12u), 4096.0f, f32(n & 4095u)));
}

// x̂ = (x - mean) rstd, for the x that is so far into the batch.
fn normalised(index: u32, channel: u32) -> f32 {
    let difference = activations[INPUT * call.batch + index] - activations[mean_at(channel)];
    return flush(difference * activations[rstd_at(channel)]);
}
