// Queries and keys, of which step t turns each pair (2i, 2i + 1) by the angle whose sine and cosine are in the table
// [STEPS, WIDTH] in row t. An item is a pair.
@compute @workgroup_size(WORKGROUP)
fn turn(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = item(workgroup, workgroups, local);
    if i >= call.batch * STEPS * FEATURES {
        return;
    }
    let step = i / FEATURES;
    let column = i % FEATURES * 2u;
    let x = INPUT * call.batch + step * 3u * FEATURES + column;
    let y = TURNED * call.batch + step * 2u * FEATURES + column;
    let angle = TABLE + step % STEPS * WIDTH + column % WIDTH;
    let pair = turn_pair(vec2<f32>(activations[x], activations[x + 1u]), parameter(angle), parameter(angle + 1u));
    activations[y] = pair.x;
    activations[y + 1u] = pair.y;
}
