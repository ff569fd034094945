// d_x = d_y: [batch, OUTPUT_LEN].
@compute @workgroup_size(WORKGROUP)
fn d_input(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = item(workgroup, workgroups, local);
    if i < call.batch * OUTPUT_LEN {
        gradients[D_INPUT * call.batch + i] = gradients[D_OUTPUT * call.batch + i];
    }
}
