// d_x = SHARE d_y for each value of a channel: d_x [batch CHANNELS, LEN], d_y [batch CHANNELS].
fn run(index: u32) {
    if index >= call.batch * INPUT_LEN {
        return;
    }
    gradients[D_INPUT * call.batch + index] = flush(gradients[D_OUTPUT * call.batch + index / LEN] * SHARE);
}
