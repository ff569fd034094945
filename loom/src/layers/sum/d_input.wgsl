// Each input's gradient is the output's. Some share its place.
fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        let d_y = gradients[D_OUTPUT * call.batch + i];
        for (var k = 0u; k < OPERANDS; k++) {
            if d_operand(k) != D_OUTPUT {
                gradients[d_operand(k) * call.batch + i] = d_y;
            }
        }
    }
}
