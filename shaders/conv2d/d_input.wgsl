// d_x[c, y, x] = for each tap (u, v) that meets the value, in row order: the sum over o of W[o, c, u, v] d_y[o, i, j], o
// ascending from +0, snapped, at the one position (i, j) where the tap lies on the value. Shapes: d_y [batch, OUT_CHANNELS,
// OUT_ROWS, OUT_COLUMNS], W [OUT_CHANNELS, IN_CHANNELS, KERNEL_ROWS, KERNEL_COLUMNS], d_x [batch, IN_CHANNELS, HEIGHT, WIDTH].
//
// Tap u lies on row y where y + PADDING_ROWS = i STRIDE_ROWS + u. The least such u belongs to the last such i; from one
// such u to the next it is STRIDE_ROWS. A tap that meets no position adds nothing, not even +0 times infinity.

const DEPTH: u32 = IN_CHANNELS * KERNEL_ROWS * KERNEL_COLUMNS;
const POSITIONS: u32 = OUT_ROWS * OUT_COLUMNS;

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
    // In the padded image.
    let y = index / WIDTH % HEIGHT + PADDING_ROWS;
    let x = index % WIDTH + PADDING_COLUMNS;
    let first_u = y - min(y / STRIDE_ROWS, OUT_ROWS - 1u) * STRIDE_ROWS;
    let first_v = x - min(x / STRIDE_COLUMNS, OUT_COLUMNS - 1u) * STRIDE_COLUMNS;
    let end_u = min(y + 1u, KERNEL_ROWS);
    let end_v = min(x + 1u, KERNEL_COLUMNS);

    let channel = index / (HEIGHT * WIDTH) % IN_CHANNELS;
    let filters = WEIGHT + channel * KERNEL_ROWS * KERNEL_COLUMNS;
    let d_y = D_OUTPUT * call.batch + index / INPUT_LEN * OUTPUT_LEN;
    var total = 0.0f;
    for (var u = first_u; u < end_u; u += STRIDE_ROWS) {
        let i = (y - u) / STRIDE_ROWS;
        for (var v = first_v; v < end_v; v += STRIDE_COLUMNS) {
            let j = (x - v) / STRIDE_COLUMNS;
            var weight = filters + u * KERNEL_COLUMNS + v;
            var gradient = d_y + i * OUT_COLUMNS + j;
            var sum = 0.0f;
            for (var o = 0u; o < OUT_CHANNELS; o++) {
                sum = fma(weights[weight], gradients[gradient], sum);
                weight += DEPTH;
                gradient += POSITIONS;
            }
            total += snap(sum);
        }
    }
    gradients[D_INPUT * call.batch + index] = snap(total);
}
