// g held within BOUND, in place.
//
// Header: LEN: u32; BOUND: f32, above 0 and not subnormal.
@compute @workgroup_size(WORKGROUP)
fn clip_value(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = item(workgroup, workgroups, local);
    if i < LEN {
        let g = d_weights[i];
        d_weights[i] = snap(within(g, BOUND));
    }
}
