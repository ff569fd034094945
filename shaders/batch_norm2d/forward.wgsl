// y = x̂ w + b: x and y [batch, CHANNELS, POSITIONS], w and b [CHANNELS].
@compute @workgroup_size(WORKGROUP)
fn forward(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = item(workgroup, workgroups, local);
    if index >= call.batch * OUTPUT_LEN {
        return;
    }
    let channel = index / POSITIONS % CHANNELS;
    let y = fma(normalised(index, channel), parameter(WEIGHT + channel), parameter(BIAS + channel));
    activations[OUTPUT * call.batch + index] = snap(y);
}
