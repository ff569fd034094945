// y = a b for each matrix: a [ROWS, INNER], b [INNER, COLUMNS]. An item is a value of y.
fn run(i: u32) {
    if i >= call.batch * OUTPUT_LEN {
        return;
    }
    let column = i % COLUMNS;
    let row = i / COLUMNS;
    let a = operand(0u) * call.batch + row * INNER;
    let b = operand(1u) * call.batch + row / ROWS * INNER * COLUMNS + column;
    var sum = 0.0f;
    for (var k = 0u; k < INNER; k++) {
        sum = fma(activations[a + k], activations[b + k * COLUMNS], sum);
    }
    activations[OUTPUT * call.batch + i] = flush(sum);
}
