// y[j, i] = x[i, j]: x [batch, ROWS, COLUMNS], y [batch, COLUMNS, ROWS].
@compute @workgroup_size(WORKGROUP)
fn forward(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = item(workgroup, workgroups, local);
    if index >= call.batch * INPUT_LEN {
        return;
    }
    activations[OUTPUT * call.batch + transposed(index)] = activations[INPUT * call.batch + index];
}
