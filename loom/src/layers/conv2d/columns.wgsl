// The columns of a sample x [IN_CHANNELS, HEIGHT, WIDTH], a matrix [DEPTH, POSITIONS] that is never stored: row (c, u, v)
// holds what tap (u, v) of the window sees of channel c at each position, and 0 where that is padding.

const KERNEL_LEN: u32 = KERNEL_ROWS * KERNEL_COLUMNS;
const DEPTH: u32 = IN_CHANNELS * KERNEL_LEN;
const POSITIONS: u32 = OUT_ROWS * OUT_COLUMNS;

fn column_value(sample: u32, k: u32, position: u32) -> f32 {
    let tap = k % KERNEL_LEN;
    // What lies before the image wraps around, and so lies beyond it.
    let y = position / OUT_COLUMNS * STRIDE_ROWS + tap / KERNEL_COLUMNS * DILATION_ROWS - PADDING_ROWS;
    let x = position % OUT_COLUMNS * STRIDE_COLUMNS + tap % KERNEL_COLUMNS * DILATION_COLUMNS - PADDING_COLUMNS;
    if y < HEIGHT && x < WIDTH {
        let channel = k / KERNEL_LEN;
        return activations[INPUT * call.batch + sample * INPUT_LEN + (channel * HEIGHT + y) * WIDTH + x];
    }
    return 0.0f;
}
