// d_a = d_y · b, or (d_y · b) · c and so on, without a itself.
fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        for (var k = 0u; k < OPERANDS; k++) {
            var product = gradients[D_OUTPUT * call.batch + i];
            for (var other = 0u; other < OPERANDS; other++) {
                if other != k {
                    product = flush(product * activations[operand(other) * call.batch + i]);
                }
            }
            gradients[d_operand(k) * call.batch + i] = product;
        }
    }
}
