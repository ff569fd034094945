// y = the end of x: x [batch, INPUT_LEN], y [batch, OUTPUT_LEN].
fn run(index: u32) {
    if index >= call.batch * OUTPUT_LEN {
        return;
    }
    let end = (index / OUTPUT_LEN + 1u) * INPUT_LEN;
    activations[OUTPUT * call.batch + index] = activations[INPUT * call.batch + end - OUTPUT_LEN + index % OUTPUT_LEN];
}
