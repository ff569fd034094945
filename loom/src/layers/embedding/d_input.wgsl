// d_x = 0: numbers of tokens, and what only gives a shape, have no gradient.
fn run(i: u32) {
    if i < call.batch * INPUT_LEN {
        gradients[D_INPUT * call.batch + i] = 0.0f;
    }
}
