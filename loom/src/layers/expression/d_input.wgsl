// The gradients of the inputs that are as long as the output.
fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        let d = gradients[D_OUTPUT * call.batch + i];
        for (var k = 0u; k < OPERANDS; k++) {
            if operand_len(k) == OUTPUT_LEN {
                gradients[d_operand(k) * call.batch + i] = gradient(k, i, d);
            }
        }
    }
}
