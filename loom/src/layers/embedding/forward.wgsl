// y[t] = W[x[t]]: x [batch STEPS], W [VOCABULARY, FEATURES], y [batch STEPS, FEATURES].

const WEIGHT_COLUMNS: u32 = FEATURES;

fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        let row = token(activations[INPUT * call.batch + i / FEATURES]);
        activations[OUTPUT * call.batch + i] = weight(row, i % FEATURES);
    }
}
