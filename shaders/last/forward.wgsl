// y = the end of x: x [batch, INPUT_LEN], y [batch, OUTPUT_LEN].
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
    let end = (index / OUTPUT_LEN + 1u) * INPUT_LEN;
    activations[OUTPUT * call.batch + index] = activations[INPUT * call.batch + end - OUTPUT_LEN + index % OUTPUT_LEN];
}
