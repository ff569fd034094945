// What forward left in work for each group: [batch, GROUPS, 2], the mean and rstd = 1 / sqrt(variance + EPSILON).
const GROUP_CHANNELS: u32 = CHANNELS / GROUPS;
const GROUP_LEN: u32 = GROUP_CHANNELS * POSITIONS;

// The channel of value i of a group.
fn channel_of(group: u32, i: u32) -> u32 {
    return group % GROUPS * GROUP_CHANNELS + i / POSITIONS;
}

fn rstd(group: u32) -> f32 {
    return activations[WORK * call.batch + group * 2u + 1u];
}

// x̂ = (x - mean) rstd, for value i of a group.
fn normalised(group: u32, i: u32) -> f32 {
    let mean = activations[WORK * call.batch + group * 2u];
    return flush((activations[INPUT * call.batch + group * GROUP_LEN + i] - mean) * rstd(group));
}
