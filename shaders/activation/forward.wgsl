// y = f(x), value by value.
@compute @workgroup_size(WORKGROUP)
fn forward(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = item(workgroup, workgroups, local);
    if i < call.batch * OUTPUT_LEN {
        activations[OUTPUT * call.batch + i] = activate(activations[INPUT * call.batch + i]);
    }
}
