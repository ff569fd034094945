// y = SHARE times the sum of the values under the window, in row order: x [batch, CHANNELS, HEIGHT, WIDTH], y [batch,
// CHANNELS, OUT_ROWS, OUT_COLUMNS]. SHARE is 1 / (values under the window, padding counted).
fn run(index: u32) {
    if index >= call.batch * OUTPUT_LEN {
        return;
    }
    let image = INPUT * call.batch + index / POSITIONS * IMAGE;
    let rows = covered_rows(index / OUT_COLUMNS % OUT_ROWS);
    let columns = covered_columns(index % OUT_COLUMNS);
    var sum = 0.0f;
    for (var y = rows.x; y < rows.y; y++) {
        for (var x = columns.x; x < columns.y; x++) {
            sum += activations[image + y * WIDTH + x];
        }
    }
    activations[OUTPUT * call.batch + index] = flush(sum * SHARE);
}
