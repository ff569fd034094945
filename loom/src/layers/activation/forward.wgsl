// y = f(x), value by value.
fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        activations[OUTPUT * call.batch + i] = activate(activations[INPUT * call.batch + i]);
    }
}
