// Adds a step's gradient of a value to what later steps gave: d_x += addend.
fn run(i: u32) {
    if i < call.batch * LEN {
        let sum = gradients[D_INPUT * call.batch + i] + gradients[ADDEND * call.batch + i];
        gradients[D_INPUT * call.batch + i] = flush(sum);
    }
}
