// g times the norm's factors, in place, where one is below 1.
fn run(i: u32) {
    let factor = scratch[FACTORS];
    let shrink = scratch[FACTORS + 1u];
    if i < LEN && (factor < 1.0f || shrink < 1.0f) {
        d_weights[i] = flush(flush(d_weights[i] * shrink) * factor);
    }
}
