// The branch's gradient is the join's; the fork reads the join's for the skip.
fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        gradients[D_INPUT * call.batch + i] = gradients[D_OUTPUT * call.batch + i];
    }
}
