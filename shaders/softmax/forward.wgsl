// y = e^(x - max x), times 1 / (its sum), for each row of LEN values: x and y [batch ROWS, LEN].

@compute @workgroup_size(WORKGROUP)
fn forward(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = item(workgroup, workgroups, local) / LANES;
    let lane = local % LANES;
    // Invocations beyond the last row see a row of no values: all of a workgroup must come to the sums.
    let len = select(0u, LEN, row < call.batch * ROWS);
    let x = INPUT * call.batch + row * LEN;
    let y = OUTPUT * call.batch + row * LEN;

    var key = BELOW_ALL;
    for (var i = lane; i < len; i += LANES) {
        key = max(key, order_key(activations[x + i]));
    }
    let greatest = number_of_key(greatest_key(local, key));

    var sum = 0.0f;
    for (var i = lane; i < len; i += LANES) {
        let power = loom_exp(activations[x + i] - greatest);
        activations[y + i] = power;
        sum += power;
    }
    let scale = recip(tree(local, sum));

    for (var i = lane; i < len; i += LANES) {
        activations[y + i] = snap(activations[y + i] * scale);
    }
}
