// What the running means move towards: the mean, and the sum of (x - mean)^2 over n - 1, of the batch; in inference, or
// where n is 1, themselves.
@compute @workgroup_size(WORKGROUP)
fn statistics(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let channel = item(workgroup, workgroups, local);
    if channel >= CHANNELS {
        return;
    }
    var mean = weights[RUNNING_MEAN + channel];
    var variance = weights[RUNNING_VAR + channel];
    if call.training != 0u && value_count() > 1u {
        mean = activations[mean_at(channel)];
        variance = snap(activations[squares_at(channel)] * share_of(value_count() - 1u));
    }
    d_weights[RUNNING_MEAN + channel] = mean;
    d_weights[RUNNING_VAR + channel] = variance;
}
