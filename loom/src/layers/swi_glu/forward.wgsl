// y = silu(a) b: x [batch ROWS, 2 HIDDEN] is a and b beside one another, y [batch ROWS, HIDDEN].

const ACTIVATION: u32 = SILU;
const SLOPE: f32 = 0.0f;

fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        let at = INPUT * call.batch + i / HIDDEN * (2u * HIDDEN) + i % HIDDEN;
        activations[OUTPUT * call.batch + i] = flush(activate(activations[at]) * activations[at + HIDDEN]);
    }
}
