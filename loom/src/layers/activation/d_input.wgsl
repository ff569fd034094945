// d_x = d_y f', value by value.
fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        let x = activations[INPUT * call.batch + i];
        let y = activations[OUTPUT * call.batch + i];
        gradients[D_INPUT * call.batch + i] = differentiate(x, y, gradients[D_OUTPUT * call.batch + i]);
    }
}
