// d_a = silu'(a) (d_y b) and d_b = silu(a) d_y: x and d_x [batch ROWS, 2 HIDDEN] are a and b beside one another, d_y [batch
// ROWS, HIDDEN].

const ACTIVATION: u32 = SILU;
const SLOPE: f32 = 0.0f;

fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        let at = i / HIDDEN * (2u * HIDDEN) + i % HIDDEN;
        let a = activations[INPUT * call.batch + at];
        let b = activations[INPUT * call.batch + at + HIDDEN];
        let d_y = gradients[D_OUTPUT * call.batch + i];
        gradients[D_INPUT * call.batch + at] = differentiate(a, 0.0f, flush(d_y * b));
        gradients[D_INPUT * call.batch + at + HIDDEN] = flush(activate(a) * d_y);
    }
}
