// r = r + MOMENTUM (x - r) for the running means r, which lie behind the trained weights, and what the batch had.
//
// Header: FIRST: u32, where they begin, LEN: u32, MOMENTUM: f32.
@compute @workgroup_size(WORKGROUP)
fn average(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = item(workgroup, workgroups, local);
    if i < LEN {
        let running = weights[FIRST + i];
        weights[FIRST + i] = snap(fma(MOMENTUM, d_weights[FIRST + i] - running, running));
    }
}
