// d_x = SHARE d_y for each value of a channel: d_x [batch CHANNELS, LEN], d_y [batch CHANNELS].
@compute @workgroup_size(WORKGROUP)
fn d_input(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = item(workgroup, workgroups, local);
    if index >= call.batch * INPUT_LEN {
        return;
    }
    gradients[D_INPUT * call.batch + index] = snap(gradients[D_OUTPUT * call.batch + index / LEN] * SHARE);
}
