// d_x = d_y: [batch, OUTPUT_LEN].
fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        gradients[D_INPUT * call.batch + i] = gradients[D_OUTPUT * call.batch + i];
    }
}
