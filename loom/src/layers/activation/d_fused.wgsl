// d_y becomes the gradient of what the activation was applied to, in place: for a layer that applies its own.
fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        let y = activations[OUTPUT * call.batch + i];
        let at = D_OUTPUT * call.batch + i;
        gradients[at] = differentiate(0.0f, y, gradients[at]);
    }
}
