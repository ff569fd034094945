// Adds a step's gradient of a parameter to what later steps gave: d_w += addend.
fn run(i: u32) {
    if i < LEN {
        d_weights[D_PARAM + i] = flush(d_weights[D_PARAM + i] + d_weights[ADDEND + i]);
    }
}
