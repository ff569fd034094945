// Each input's gradient is its part of the output's.
fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        let to = place(i);
        gradients[d_operand(to.number) * call.batch + to.offset] = gradients[D_OUTPUT * call.batch + i];
    }
}
