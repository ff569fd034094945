// y = f(W columns + b), the columns of all samples side by side: W [OUT_CHANNELS, DEPTH], columns [DEPTH, batch POSITIONS],
// b [OUT_CHANNELS], y [batch, OUT_CHANNELS, POSITIONS], with f the activation.

const A_ALONG_K: bool = true;
const B_ALONG_K: bool = false;

const WEIGHT_COLUMNS: u32 = DEPTH;

fn rows() -> u32 {
    return OUT_CHANNELS;
}

fn columns() -> u32 {
    return call.batch * POSITIONS;
}

fn depth() -> u32 {
    return DEPTH;
}

fn a_at(row: u32, k: u32) -> f32 {
    if row < OUT_CHANNELS && k < DEPTH {
        return weight(row, k);
    }
    return 0.0f;
}

fn b_at(k: u32, column: u32) -> f32 {
    if k < DEPTH && column < columns() {
        return column_value(column / POSITIONS, k, column % POSITIONS);
    }
    return 0.0f;
}

fn put(row: u32, column: u32, sum: f32) {
    var offset = 0.0f;
    if HAS_BIAS {
        offset = parameter(BIAS + row);
    }
    let sample = column / POSITIONS;
    let at = (sample * OUT_CHANNELS + row) * POSITIONS + column % POSITIONS;
    activations[OUTPUT * call.batch + at] = activate(flush(rounded(sum) + offset));
}
