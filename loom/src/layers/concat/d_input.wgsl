// Each input's gradient is its part of the output's.
fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        let found = place(i);
        gradients[d_operand(found.number) * call.batch + found.offset] = gradients[D_OUTPUT * call.batch + i];
    }
}
