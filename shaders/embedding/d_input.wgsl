// d_x = 0: a token has no neighbours.
@compute @workgroup_size(WORKGROUP)
fn d_input(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = item(workgroup, workgroups, local);
    if i < call.batch * INPUT_LEN {
        gradients[D_INPUT * call.batch + i] = 0.0f;
    }
}
