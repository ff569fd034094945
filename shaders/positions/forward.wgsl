// y = x + P: x and y [batch, OUTPUT_LEN], P [OUTPUT_LEN].
@compute @workgroup_size(WORKGROUP)
fn forward(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = item(workgroup, workgroups, local);
    if i < call.batch * OUTPUT_LEN {
        let sum = activations[INPUT * call.batch + i] + weights[TABLE + i % OUTPUT_LEN];
        activations[OUTPUT * call.batch + i] = snap(sum);
    }
}
