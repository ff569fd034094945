// y = x + P: x and y [batch STEPS, FEATURES], P [STEPS, FEATURES].

const WEIGHT_COLUMNS: u32 = FEATURES;

fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        let sum = activations[INPUT * call.batch + i] + weight(i % OUTPUT_LEN / FEATURES, i % FEATURES);
        activations[OUTPUT * call.batch + i] = flush(sum);
    }
}
