// y = the expression's program.
fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        activations[OUTPUT * call.batch + i] = expression(i);
    }
}
