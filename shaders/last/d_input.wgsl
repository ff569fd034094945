// d_x = d_y at the end of x, 0 before it: d_x [batch, INPUT_LEN], d_y [batch, OUTPUT_LEN].

const BEFORE: u32 = INPUT_LEN - OUTPUT_LEN;

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
    let place = index % INPUT_LEN;
    var d = 0.0f;
    if place >= BEFORE {
        d = gradients[D_OUTPUT * call.batch + index / INPUT_LEN * OUTPUT_LEN + place - BEFORE];
    }
    gradients[D_INPUT * call.batch + index] = d;
}
