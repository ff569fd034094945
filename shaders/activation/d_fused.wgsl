// d_y becomes the gradient of what the activation was applied to, in place: for a layer that applies its own.
@compute @workgroup_size(WORKGROUP)
fn d_activation(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = item(workgroup, workgroups, local);
    if i < call.batch * OUTPUT_LEN {
        let y = activations[OUTPUT * call.batch + i];
        let at = D_OUTPUT * call.batch + i;
        gradients[at] = differentiate(0.0f, y, gradients[at]);
    }
}
