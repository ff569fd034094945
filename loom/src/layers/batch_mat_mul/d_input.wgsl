// d_a = d_y b^T and d_b = a^T d_y, for each matrix. An item is a value of d_a, or, behind those of all samples, one of d_b.
fn run(item: u32) {
    let a_len = call.batch * operand_len(0u);
    let d_y = D_OUTPUT * call.batch;
    var sum = 0.0f;
    if item < a_len {
        let k = item % INNER;
        let row = item / INNER;
        let b = operand(1u) * call.batch + (row / ROWS * INNER + k) * COLUMNS;
        for (var column = 0u; column < COLUMNS; column++) {
            sum = fma(gradients[d_y + row * COLUMNS + column], activations[b + column], sum);
        }
        gradients[d_operand(0u) * call.batch + item] = flush(sum);
    } else if item - a_len < call.batch * operand_len(1u) {
        let i = item - a_len;
        let column = i % COLUMNS;
        let k = i / COLUMNS % INNER;
        let first = i / (INNER * COLUMNS) * ROWS;
        let a = operand(0u) * call.batch + k;
        for (var row = first; row < first + ROWS; row++) {
            sum = fma(activations[a + row * INNER], gradients[d_y + row * COLUMNS + column], sum);
        }
        gradients[d_operand(1u) * call.batch + i] = flush(sum);
    }
}
