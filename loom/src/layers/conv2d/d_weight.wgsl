// For each sample, d_W_s = d_y columns^T: d_y [OUT_CHANNELS, POSITIONS], columns [DEPTH, POSITIONS], and d_W_s
// [OUT_CHANNELS, DEPTH] in scratch [batch, OUT_CHANNELS, DEPTH]. d_weight_sum adds them up.

const A_ALONG_K: bool = true;
const B_ALONG_K: bool = true;

const WEIGHT_LEN: u32 = OUT_CHANNELS * DEPTH;

// The sample whose product is computed.
var<private> sample: u32;

fn rows() -> u32 {
    return OUT_CHANNELS;
}

fn columns() -> u32 {
    return DEPTH;
}

fn depth() -> u32 {
    return POSITIONS;
}

fn a_at(row: u32, k: u32) -> f32 {
    if row < OUT_CHANNELS && k < POSITIONS {
        return gradients[D_OUTPUT * call.batch + (sample * OUT_CHANNELS + row) * POSITIONS + k];
    }
    return 0.0f;
}

fn b_at(k: u32, column: u32) -> f32 {
    if k < POSITIONS && column < DEPTH {
        return column_value(sample, column, k);
    }
    return 0.0f;
}

fn put(row: u32, column: u32, sum: f32) {
    scratch[sample * WEIGHT_LEN + row * DEPTH + column] = flush(sum);
}
