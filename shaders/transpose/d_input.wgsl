// d_x[i, j] = d_y[j, i]: d_x [batch, ROWS, COLUMNS], d_y [batch, COLUMNS, ROWS].
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
    gradients[D_INPUT * call.batch + index] = gradients[D_OUTPUT * call.batch + transposed(index)];
}
