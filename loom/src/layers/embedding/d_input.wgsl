// d_x = 0: a token has no neighbours.
fn run(i: u32) {
    if i < call.batch * INPUT_LEN {
        gradients[D_INPUT * call.batch + i] = 0.0f;
    }
}
