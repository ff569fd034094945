// y = silu(a) b: x [batch ROWS, 2 HIDDEN] is a and b beside one another, y [batch ROWS, HIDDEN].

const ACTIVATION: u32 = SILU;
const SLOPE: f32 = 0.0f;

@compute @workgroup_size(WORKGROUP)
fn forward(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = item(workgroup, workgroups, local);
    if i < call.batch * OUTPUT_LEN {
        let at = INPUT * call.batch + i / HIDDEN * (2u * HIDDEN) + i % HIDDEN;
        activations[OUTPUT * call.batch + i] = snap(activate(activations[at]) * activations[at + HIDDEN]);
    }
}
