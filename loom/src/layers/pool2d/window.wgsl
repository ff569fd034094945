// A pooling window's walk over an image [HEIGHT, WIDTH], of which a plane is one channel of one sample.
//
// Ranges are (first, end), the end excluded. A position is at least partly on the image.

const IMAGE: u32 = HEIGHT * WIDTH;
const POSITIONS: u32 = OUT_ROWS * OUT_COLUMNS;

// What of the image the window covers at a position, along one axis.
fn covered(position: u32, kernel: u32, stride: u32, padding: u32, image: u32) -> vec2<u32> {
    let first = position * stride;
    return vec2<u32>(max(first, padding) - padding, min(first + kernel, image + padding) - padding);
}

// The rows of the image under the window at a position.
fn covered_rows(i: u32) -> vec2<u32> {
    return covered(i, KERNEL_ROWS, STRIDE_ROWS, PADDING_ROWS, HEIGHT);
}

// The columns of the image under the window at a position.
fn covered_columns(j: u32) -> vec2<u32> {
    return covered(j, KERNEL_COLUMNS, STRIDE_COLUMNS, PADDING_COLUMNS, WIDTH);
}

// The positions at which the window covers a place in the padded image, along one axis.
fn covering(place: u32, kernel: u32, stride: u32, positions: u32) -> vec2<u32> {
    // The window at i ends before the place where i stride + kernel <= place.
    let first = select(0u, (place - kernel) / stride + 1u, place >= kernel);
    return vec2<u32>(first, min(place / stride + 1u, positions));
}

// The positions down at which the window covers a row of the image.
fn covering_rows(y: u32) -> vec2<u32> {
    return covering(y + PADDING_ROWS, KERNEL_ROWS, STRIDE_ROWS, OUT_ROWS);
}

// The positions across at which the window covers a column of the image.
fn covering_columns(x: u32) -> vec2<u32> {
    return covering(x + PADDING_COLUMNS, KERNEL_COLUMNS, STRIDE_COLUMNS, OUT_COLUMNS);
}
