// d_x[c, y, x] = for each tap (u, v) that meets the value, in row order: the sum over o of W[o, c, u, v] d_y[o, i, j], o
// ascending from +0, flushed, at the one position (i, j) where the tap lies on the value. Shapes: d_y [batch, OUT_CHANNELS,
// OUT_ROWS, OUT_COLUMNS], W [OUT_CHANNELS, IN_CHANNELS, KERNEL_ROWS, KERNEL_COLUMNS], d_x [batch, IN_CHANNELS, HEIGHT, WIDTH].
//
// Tap u lies on row y where y + PADDING_ROWS = i STRIDE_ROWS + down, with down = u DILATION_ROWS. The least such `down`
// belongs to the last such i; from one such `down` to the next it is STRIDE_ROWS, and those between two taps are passed over.
// A tap that meets no position adds nothing, not even +0 times infinity.

const DEPTH: u32 = IN_CHANNELS * KERNEL_ROWS * KERNEL_COLUMNS;
const POSITIONS: u32 = OUT_ROWS * OUT_COLUMNS;

fn run(index: u32) {
    if index >= call.batch * INPUT_LEN {
        return;
    }
    // In the padded image.
    let y = index / WIDTH % HEIGHT + PADDING_ROWS;
    let x = index % WIDTH + PADDING_COLUMNS;
    let first_down = y - min(y / STRIDE_ROWS, OUT_ROWS - 1u) * STRIDE_ROWS;
    let first_across = x - min(x / STRIDE_COLUMNS, OUT_COLUMNS - 1u) * STRIDE_COLUMNS;
    let end_down = min(y, (KERNEL_ROWS - 1u) * DILATION_ROWS) + 1u;
    let end_across = min(x, (KERNEL_COLUMNS - 1u) * DILATION_COLUMNS) + 1u;

    let channel = index / (HEIGHT * WIDTH) % IN_CHANNELS;
    let filters = WEIGHT + channel * KERNEL_ROWS * KERNEL_COLUMNS;
    let d_y = D_OUTPUT * call.batch + index / INPUT_LEN * OUTPUT_LEN;
    var total = 0.0f;
    for (var down = first_down; down < end_down; down += STRIDE_ROWS) {
        let i = (y - down) / STRIDE_ROWS;
        for (var across = first_across; across < end_across; across += STRIDE_COLUMNS) {
            if down % DILATION_ROWS != 0u || across % DILATION_COLUMNS != 0u {
                continue;
            }
            let j = (x - across) / STRIDE_COLUMNS;
            var weight = filters + down / DILATION_ROWS * KERNEL_COLUMNS + across / DILATION_COLUMNS;
            var gradient = d_y + i * OUT_COLUMNS + j;
            var sum = 0.0f;
            for (var o = 0u; o < OUT_CHANNELS; o++) {
                sum = fma(weights[weight], gradients[gradient], sum);
                weight += DEPTH;
                gradient += POSITIONS;
            }
            total += flush(sum);
        }
    }
    gradients[D_INPUT * call.batch + index] = flush(total);
}
