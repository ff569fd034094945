// y = x̂ w + b: x and y [batch, CHANNELS, POSITIONS], w and b [CHANNELS].
fn run(index: u32) {
    if index >= call.batch * OUTPUT_LEN {
        return;
    }
    let channel = index / POSITIONS % CHANNELS;
    let y = fma(normalised(index, channel), parameter(WEIGHT + channel), parameter(BIAS + channel));
    activations[OUTPUT * call.batch + index] = flush(y);
}
