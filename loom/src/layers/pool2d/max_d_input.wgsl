// d_x = the sum of d_y over the positions that took the value, in row order: x and d_x [batch, CHANNELS, HEIGHT, WIDTH], d_y
// [batch, CHANNELS, OUT_ROWS, OUT_COLUMNS].

// Whether the window at position (i, j) took the value at (y, x): none before it orders as high, and none after it higher.
fn took(image: u32, i: u32, j: u32, y: u32, x: u32, key: i32) -> bool {
    let rows = covered_rows(i);
    let columns = covered_columns(j);
    let value = y * WIDTH + x;
    for (var row = rows.x; row < rows.y; row++) {
        for (var column = columns.x; column < columns.y; column++) {
            let at = row * WIDTH + column;
            let other = order_key(activations[image + at]);
            if other > key || (other == key && at < value) {
                return false;
            }
        }
    }
    return true;
}

fn run(index: u32) {
    if index >= call.batch * INPUT_LEN {
        return;
    }
    let y = index / WIDTH % HEIGHT;
    let x = index % WIDTH;
    let rows = covering_rows(y);
    let columns = covering_columns(x);
    let plane = index / IMAGE;
    let image = INPUT * call.batch + plane * IMAGE;
    let d_y = D_OUTPUT * call.batch + plane * POSITIONS;
    let key = order_key(activations[INPUT * call.batch + index]);
    var sum = 0.0f;
    for (var i = rows.x; i < rows.y; i++) {
        for (var j = columns.x; j < columns.y; j++) {
            if took(image, i, j, y, x, key) {
                sum += gradients[d_y + i * OUT_COLUMNS + j];
            }
        }
    }
    gradients[D_INPUT * call.batch + index] = flush(sum);
}
