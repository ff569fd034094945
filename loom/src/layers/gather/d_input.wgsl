// d_x[o, k, i] = the sum of d_y[o, c, i] over the c whose index is k, in order; d_indices = 0. An item is a value of d_x, or, behind those
// of all samples, one of d_indices.
fn run(item: u32) {
    let x_len = call.batch * operand_len(0u);
    if item < x_len {
        let k = item / INNER % VOCABULARY;
        let first = item / (VOCABULARY * INNER) * COUNT * INNER + item % INNER;
        var sum = 0.0f;
        for (var c = 0u; c < COUNT; c++) {
            let i = first + c * INNER;
            if token(activations[operand(1u) * call.batch + i]) == k {
                sum += gradients[D_OUTPUT * call.batch + i];
            }
        }
        gradients[d_operand(0u) * call.batch + item] = flush(sum);
    } else if item - x_len < call.batch * operand_len(1u) {
        gradients[d_operand(1u) * call.batch + item - x_len] = 0.0f;
    }
}
