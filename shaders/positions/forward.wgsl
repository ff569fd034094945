// y = x + P: x and y [batch STEPS, FEATURES], P [STEPS, FEATURES].

const WEIGHT_COLUMNS: u32 = FEATURES;

@compute @workgroup_size(WORKGROUP)
fn forward(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = item(workgroup, workgroups, local);
    if i < call.batch * OUTPUT_LEN {
        let sum = activations[INPUT * call.batch + i] + weight(i % OUTPUT_LEN / FEATURES, i % FEATURES);
        activations[OUTPUT * call.batch + i] = snap(sum);
    }
}
