// y = a · b, or (a · b) · c and so on.
fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        var product = activations[operand(0u) * call.batch + i];
        for (var k = 1u; k < OPERANDS; k++) {
            product = flush(product * activations[operand(k) * call.batch + i]);
        }
        activations[OUTPUT * call.batch + i] = product;
    }
}
