// d_x = SHARE times the sum of d_y over the positions that cover the value, in row order: d_x [batch, CHANNELS, HEIGHT,
// WIDTH], d_y [batch, CHANNELS, OUT_ROWS, OUT_COLUMNS].
fn run(index: u32) {
    if index >= call.batch * INPUT_LEN {
        return;
    }
    let rows = covering_rows(index / WIDTH % HEIGHT);
    let columns = covering_columns(index % WIDTH);
    let d_y = D_OUTPUT * call.batch + index / IMAGE * POSITIONS;
    var sum = 0.0f;
    for (var i = rows.x; i < rows.y; i++) {
        for (var j = columns.x; j < columns.y; j++) {
            sum += gradients[d_y + i * OUT_COLUMNS + j];
        }
    }
    gradients[D_INPUT * call.batch + index] = flush(sum * SHARE);
}
