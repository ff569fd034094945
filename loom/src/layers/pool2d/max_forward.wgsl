// y = the first, in row order, of the greatest values under the window: x [batch, CHANNELS, HEIGHT, WIDTH], y [batch,
// CHANNELS, OUT_ROWS, OUT_COLUMNS].
fn run(index: u32) {
    if index >= call.batch * OUTPUT_LEN {
        return;
    }
    let image = INPUT * call.batch + index / POSITIONS * IMAGE;
    let rows = covered_rows(index / OUT_COLUMNS % OUT_ROWS);
    let columns = covered_columns(index % OUT_COLUMNS);
    var taken = image + rows.x * WIDTH + columns.x;
    var greatest = order_key(activations[taken]);
    for (var y = rows.x; y < rows.y; y++) {
        for (var x = columns.x; x < columns.y; x++) {
            let at = image + y * WIDTH + x;
            let key = order_key(activations[at]);
            if key > greatest {
                taken = at;
                greatest = key;
            }
        }
    }
    activations[OUTPUT * call.batch + index] = activations[taken];
}
