// d_x = what came through the branch + what came along the skip.
fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        let sum = gradients[D_OUTPUT * call.batch + i] + gradients[D_SKIP * call.batch + i];
        gradients[D_INPUT * call.batch + i] = flush(sum);
    }
}
