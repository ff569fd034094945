// d_x = (d_y - d_b / n - x̂ d_w / n) rstd w in training, d_y rstd w in inference: d_y and d_x [batch, CHANNELS, POSITIONS], d_b, d_w
// and w [CHANNELS].
fn run(index: u32) {
    if index >= call.batch * INPUT_LEN {
        return;
    }
    let channel = index / POSITIONS % CHANNELS;
    var d = gradients[D_OUTPUT * call.batch + index];
    if call.training != 0u {
        let share = share_of(value_count());
        let d_mean = flush(d_weights[D_BIAS + channel] * share);
        let slope = flush(d_weights[D_WEIGHT + channel] * share);
        d = fma(-normalised(index, channel), slope, d - d_mean);
    }
    let scaled = flush(d * activations[rstd_at(channel)]);
    gradients[D_INPUT * call.batch + index] = flush(scaled * weights[WEIGHT + channel]);
}
