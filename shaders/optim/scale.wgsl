// g times the norm's factors, in place, where one is below 1.
@compute @workgroup_size(WORKGROUP)
fn scale(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = item(workgroup, workgroups, local);
    let factor = scratch[FACTORS];
    let shrink = scratch[FACTORS + 1u];
    if i < LEN && (factor < 1.0f || shrink < 1.0f) {
        d_weights[i] = snap(snap(d_weights[i] * shrink) * factor);
    }
}
